"""What only scripts written for the original toolkit need: its logger, its model events, its helpers."""

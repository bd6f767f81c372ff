"""What only scripts written for the original toolkit need: its model class, its model events, its helpers."""

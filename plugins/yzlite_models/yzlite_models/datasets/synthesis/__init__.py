"""What the generated datasets are drawn and played with: hands, photographs, sounds and rooms."""

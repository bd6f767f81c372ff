"""Everything between a trained network and an audited `.tflite`."""

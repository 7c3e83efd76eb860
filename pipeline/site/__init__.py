"""A whole site on one machine: broker, workers, origin and Flower, started together and supervised."""

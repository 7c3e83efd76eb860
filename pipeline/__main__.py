"""`python -m pipeline` is `telecine`."""

from pipeline.cli import main

if __name__ == "__main__":
    main(prog_name="telecine")

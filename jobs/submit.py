"""What spark-submit runs: the same commands as `cpc`, so that a failed task is repeated by copying its line."""

from jobs.cli.main import main

if __name__ == "__main__":
    main()

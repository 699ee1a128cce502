from analytics.analyse.cli import analyse

analyse(prog_name="python -m analytics.analyse")

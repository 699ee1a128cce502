from analytics.simulate.cli import simulate

simulate()

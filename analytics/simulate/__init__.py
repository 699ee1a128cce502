"""Organisations with known truth: tables for the estimators, and acts to send (research §5)."""

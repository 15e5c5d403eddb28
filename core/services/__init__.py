"""Decisions: module functions named by verbs; they run in their caller's transaction and never touch a network."""

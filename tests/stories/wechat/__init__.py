"""Stories of money by WeChat: on SQLite in one process, and on PostgreSQL with every process a real one."""

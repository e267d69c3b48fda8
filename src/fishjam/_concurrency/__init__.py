"""What waits beside a caller's block: tasks, queues and handlers, on asyncio and trio."""

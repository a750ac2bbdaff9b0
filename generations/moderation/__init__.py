"""What is known about refusals before and after money is spent: names, answers, memory."""

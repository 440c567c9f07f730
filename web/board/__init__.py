"""The supervisor's board (督办看板): what is open, late and slow in the offices of whoever heads them."""

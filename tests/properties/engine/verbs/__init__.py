"""Every verb by which people work on a case, played at random on the engine and on a second opinion of it.

The second opinion: `people`, `diagram`, `seats` (who was asked at a task), `way` (what a move undoes and keeps), `rights`, `desk` (the verbs);
none of them knows the engine. The game: `board` plays an act on every database and on the reference, `seeing` compares them, `turns` throws the dice.
"""

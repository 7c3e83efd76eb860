"""Keys: where content keys come from, how they are kept, and the tokens that say who may have them."""

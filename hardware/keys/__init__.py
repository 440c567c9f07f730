"""The office's key machine (密钥机): it proves to a card that the office may unlock, issue and authorise, and never hands a key out."""

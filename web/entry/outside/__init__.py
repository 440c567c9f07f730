"""Signing in through a provider of identities (OpenID Connect): code flow with PKCE, state and nonce; people are known, never made."""

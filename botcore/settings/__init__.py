"""What people choose for a chat or a tenant, over what botcore.toml and the plugins say."""

// Runs after `npm ci`. Nothing needs building: the repository runs its TypeScript sources directly.

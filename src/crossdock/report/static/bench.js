// What to do next at the bench with the chosen pair.

export function start() {}

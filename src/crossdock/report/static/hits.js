// The table of hits: a row for each pair.

export function start() {}

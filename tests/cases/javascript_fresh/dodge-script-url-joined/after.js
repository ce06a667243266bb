export const LINK = ["javascript", "go()"].join(":");

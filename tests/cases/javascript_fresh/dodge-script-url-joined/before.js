export const LINK = "javascript:go()";

// Rules that are spared the work where a text shows that they have nothing to say about it.

/** Rules by the text without which they say nothing. */
const NEEDS = [
  // What they look for stands there as it is: tokens are pieces of the text, but for names and for
  // text in JSX of plain scripts, of which escapes and entities are undone. No name has the former.
  ["security/detect-bidi-characters", /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]|&#?\w+;/],
  ["security/detect-invisible-characters", /[\u3164\uffa0]|\\u\{?0*(?:3164|ffa0)|&#?\w+;/i],
  ["no-unused-private-class-members", /#[\p{ID_Start}$_\\]/u],
  ["@typescript-eslint/no-unused-private-class-members", /#[\p{ID_Start}$_\\]|\bprivate\b/u],
  ["no-unmodified-loop-condition", /\b(?:for|while)\b/],
];

/** @returns {string[]} full names of rules that find nothing in a text */
export function spared(text) {
  return NEEDS.filter(([, pattern]) => !pattern.test(text)).map(([name]) => name);
}

/**
 * @param {object} rule that asks for the tokens of every literal, to find regular expressions
 * @returns {object} the same, told of literals that are one alone
 */
export function forRegularExpressions(rule) {
  const create = (context) => {
    const listeners = rule.create(context);
    return { ...listeners, Literal: (node) => void (node.regex && listeners.Literal(node)) };
  };
  return { ...rule, create };
}

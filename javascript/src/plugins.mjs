// Every rule that can be asked for, by its full name; all of them are bundled, none is ever loaded.
import js from "@eslint/js";
import publishedSecurity from "eslint-plugin-security";
import globals from "globals";
import tseslint from "typescript-eslint";
// Not `eslint/use-at-your-own-risk`, which brings along all that reads files and configuration.
import flatConfig from "../node_modules/eslint/lib/config/flat-config-array.js";
import builtinRules from "../node_modules/eslint/lib/rules/index.js";
import { forRegularExpressions } from "./spared.mjs";

export const { FlatConfigArray } = flatConfig;
export { globals, tseslint };

const UNSAFE = "detect-unsafe-regex";
export const security = {
  ...publishedSecurity,
  rules: { ...publishedSecurity.rules, [UNSAFE]: forRegularExpressions(publishedSecurity.rules[UNSAFE]) },
};

const OVERRIDES = tseslint.configs.eslintRecommended.rules;

/** Rules of ESLint's core that the compiler itself answers for in TypeScript. */
export const LEFT_TO_TYPES = new Set(
  Object.keys(OVERRIDES).filter((name) => OVERRIDES[name] === "off"),
);

/** Whether typescript-eslint replaces a rule of ESLint's core by one that needs no types. */
export function isReplaced(name) {
  const rule = Object.hasOwn(tseslint.plugin.rules, name) ? tseslint.plugin.rules[name] : null;
  return rule !== null && !rule.meta.docs.requiresTypeChecking;
}

/** @returns {Array<[string, object]>} full names and rules that need no types and are in use */
export function everyRule() {
  const of = (prefix, rules) =>
    Object.entries(rules).map(([name, rule]) => [`${prefix}${name}`, rule]);
  return [
    ...of("", Object.fromEntries(builtinRules)),
    ...of("@typescript-eslint/", tseslint.plugin.rules),
    ...of("security/", security.rules),
  ].filter(([, { meta }]) => !meta?.deprecated && !meta?.docs?.requiresTypeChecking);
}

/** Names of the rules that their own authors recommend. */
export const RECOMMENDED = new Set(
  [
    ...Object.entries(js.configs.recommended.rules),
    ...tseslint.configs.recommended.flatMap(({ rules }) => Object.entries(rules ?? {})),
    ...Object.entries(security.configs.recommended.rules),
  ]
    .filter(([, level]) => level !== "off" && level !== 0)
    .map(([name]) => name),
);

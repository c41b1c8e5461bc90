import { readFileSync } from 'node:fs';
import { SyntaxKind } from 'typescript/unstable/ast';
import { createScanner } from 'typescript/unstable/ast/scanner';

/** A text that a file contains, and the line on which it starts, counted from 1. */
export interface SourceText {
  readonly line: number;
  readonly text: string;
}

/** The texts of a file: the string literals and the parts of templates in TypeScript and JavaScript, else every line. */
export function textsOf(path: string): readonly SourceText[] {
  const source = readFileSync(path, 'utf8');
  if (/\.[jt]s$/.test(path)) return stringLiterals(source);
  return source.split('\n').map((text, index) => ({ line: index + 1, text }));
}

const LITERALS = new Set([
  SyntaxKind.StringLiteral,
  SyntaxKind.NoSubstitutionTemplateLiteral,
  SyntaxKind.TemplateHead,
  SyntaxKind.TemplateMiddle,
  SyntaxKind.TemplateTail,
]);

// After these a slash divides. After any other token it begins a regular expression.
const OPERAND_ENDS = new Set([
  ...LITERALS,
  SyntaxKind.Identifier,
  SyntaxKind.NumericLiteral,
  SyntaxKind.BigIntLiteral,
  SyntaxKind.RegularExpressionLiteral,
  SyntaxKind.CloseParenToken,
  SyntaxKind.CloseBracketToken,
  SyntaxKind.CloseBraceToken,
  SyntaxKind.ThisKeyword,
]);

/** @throws Error for an unterminated literal, which reveals a misread slash or brace. */
export function stringLiterals(source: string): readonly SourceText[] {
  const scanner = createScanner(true, undefined, source);
  const texts: SourceText[] = [];
  // Whether a template opened each open brace.
  const braces: boolean[] = [];
  let previous = SyntaxKind.Unknown;
  for (let token = scanner.scan(); token !== SyntaxKind.EndOfFile; token = scanner.scan()) {
    if (isSlash(token) && !OPERAND_ENDS.has(previous)) token = scanner.reScanSlashToken();
    if (token === SyntaxKind.CloseBraceToken && braces.pop()) token = scanner.reScanTemplateToken(false);
    if (token === SyntaxKind.OpenBraceToken) braces.push(false);
    if (token === SyntaxKind.TemplateHead || token === SyntaxKind.TemplateMiddle) braces.push(true);
    if (scanner.isUnterminated()) throw new Error(`unterminated literal: ${scanner.getTokenText()}`);
    if (LITERALS.has(token)) {
      const line = source.slice(0, scanner.getTokenStart()).split('\n').length;
      texts.push({ line, text: scanner.getTokenValue() });
    }
    previous = token;
  }
  return texts;
}

function isSlash(token: SyntaxKind): boolean {
  return token === SyntaxKind.SlashToken || token === SyntaxKind.SlashEqualsToken;
}

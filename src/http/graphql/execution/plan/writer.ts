import type { FieldPlan, ObjectField, ObjectPlan, ValueField } from './fields.ts';
import { leafWriter } from './leaf.ts';
import type { Parts } from './parts.ts';
import type { Pieces } from './pieces.ts';
import type { Slot } from './resolve.ts';
import { checkList, checkObject, refuseNull } from './values.ts';

/** Adds a response in JSON to the parts. @throws Bail for a value that its field cannot have. */
export type Writer = (root: undefined, slot: Slot, parts: Parts) => void;

/** The functions that the code of a writer calls, by name. */
const CALLED = { checkList, checkObject, refuseNull, utf8: (text: string) => Buffer.from(text) };

/**
 * Compiles a plan into functions, one or more for each place of the operation. Fields without a resolver, also below them,
 * become text, with the constant text between the values in one piece; what a place writes so for a value is kept as a piece
 * of bytes. A field with a resolver adds parts: pieces, and constants. The code is made of names of the schema's fields,
 * numbers, and texts in JSON, which are literals of JavaScript too.
 */
export function compileWriter(root: ObjectPlan, pieces: Pieces): Writer {
  const functions: string[] = [];
  const leaves: ((value: unknown) => string)[] = [];
  const constants: Uint8Array[] = [];
  const name = emitParts(root);
  const code = `'use strict';\n${functions.join('\n')}\nreturn ${name};`;
  const parameters = { leaves, constants, newPlace: pieces.newPlace, ...CALLED };
  return new Function(...Object.keys(parameters), code)(...Object.values(parameters));

  /** Adds a function to the code. Returns its name. */
  function define(head: string, body: string): string {
    const name = `write${functions.length}`;
    functions.push(`function ${name}${head} {\n${body}\n}`);
    return name;
  }

  /** A function that writes text. Returns the name of its place. */
  function definePlace(statements: readonly string[], text: string): string {
    const body = `let out = '';\n${statements.join('\n')}\nreturn out + ${JSON.stringify(text)};`;
    const write = define('(parent)', body);
    functions.push(`const ${write}Place = newPlace(${write});`);
    return `${write}Place`;
  }

  /** A function that adds the parts of an object with deferred fields. */
  function emitParts({ fields, deferred }: ObjectPlan): string {
    const statements: string[] = [];
    let run: string[] = [];
    // The constant text between the last value and the next one.
    let text = '{';
    for (const [index, field] of fields.entries()) {
      text += keyOf(field, index);
      if (field.kind === 'typename') continue;
      const child = deferred.indexOf(field);
      if (child === -1) {
        run.push(emitField(field, index, text));
      } else {
        endRun();
        statements.push(
          `const slot${index} = slot.children[${child}], value${index} = slot${index}.values[slot${index}.next++];`,
          emitDeferred(field, `value${index}`, `slot${index}`),
        );
      }
      text = '';
    }
    text += '}';
    endRun();
    return define('(parent, slot, parts)', statements.join('\n'));

    function endRun(): void {
      statements.push(run.length === 0 ? addConstant(text) : `parts.add(${definePlace(run, text)}(parent));`);
      run = [];
    }
  }

  function emitDeferred(field: ValueField, value: string, slot: string): string {
    const ifNull = field.nonNull ? 'refuseNull();' : addConstant('null');
    return `if (${value} == null) { ${ifNull} } else { ${emitDeferredValue(field, value, slot)} }`;
  }

  function emitDeferredValue(field: ValueField, value: string, slot: string): string {
    if (field.kind === 'leaf') return `parts.add(utf8(leaves[${addLeaf(field)}](${value})));`;
    const addObject = emitAddObject(field.object);
    if (field.kind === 'object') return addObject(`checkObject(${value})`, slot);
    return `
      ${addConstant('[')}
      let isFirst = true;
      for (const item of checkList(${value})) {
        if (!isFirst) ${addConstant(',')}
        isFirst = false;
        if (item == null) { ${field.itemNonNull ? 'refuseNull();' : addConstant('null')} }
        else ${addObject('checkObject(item)', slot)}
      }
      ${addConstant(']')}`;
  }

  function emitAddObject(object: ObjectPlan): (value: string, slot: string) => string {
    if (object.deferred.length > 0) {
      const write = emitParts(object);
      return (value, slot) => `${write}(${value}, ${slot}, parts);`;
    }
    const place = definePlace(...textOf(object));
    return (value) => `parts.add(${place}(${value}));`;
  }

  function addConstant(text: string): string {
    return `parts.add(constants[${constants.push(Buffer.from(text)) - 1}]);`;
  }

  function addLeaf({ type }: Extract<ValueField, { kind: 'leaf' }>): number {
    return leaves.push(leafWriter(type)) - 1;
  }

  /** The statements that write an object without deferred fields, and the text after them. */
  function textOf({ fields }: ObjectPlan): [readonly string[], string] {
    const statements: string[] = [];
    let text = '{';
    for (const [index, field] of fields.entries()) {
      text += keyOf(field, index);
      if (field.kind === 'typename') continue;
      statements.push(emitField(field, index, text));
      text = '';
    }
    return [statements, `${text}}`];
  }

  /** Writes a field whose value the parent has, after the text. */
  function emitField(field: ValueField, index: number, text: string): string {
    const value = `value${index}`;
    const ifNull = field.nonNull ? 'refuseNull();' : `out += ${JSON.stringify(`${text}null`)};`;
    return `const ${value} = parent.${field.name};
      if (${value} == null) { ${ifNull} } else { ${emitValue(field, value, text)} }`;
  }

  function emitValue(field: ValueField, value: string, text: string): string {
    if (field.kind === 'leaf') return `out += ${JSON.stringify(text)} + leaves[${addLeaf(field)}](${value});`;
    const write = emitText(field);
    if (field.kind === 'object') return `out += ${JSON.stringify(text)} + ${write}(checkObject(${value}));`;
    return `
      let separator = ${JSON.stringify(`${text}[`)};
      if (checkList(${value}).length === 0) out += separator;
      for (const item of ${value}) {
        out += separator;
        separator = ',';
        if (item == null) { ${field.itemNonNull ? 'refuseNull();' : "out += 'null';"} }
        else out += ${write}(checkObject(item));
      }
      out += ']';`;
  }

  /** A function that writes the objects of a field as text. */
  function emitText({ object }: ObjectField): string {
    const [statements, text] = textOf(object);
    return define(
      '(parent)',
      `let out = '';\n${statements.join('\n')}\nreturn out + ${JSON.stringify(text)};`,
    );
  }
}

/** The key in the response, after a comma if it is not the first. A type name is constant. */
function keyOf(field: FieldPlan, index: number): string {
  const key = `${index > 0 ? ',' : ''}${JSON.stringify(field.key)}:`;
  return field.kind === 'typename' ? key + JSON.stringify(field.typeName) : key;
}

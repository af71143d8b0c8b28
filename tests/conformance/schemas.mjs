// Makes the JSON schemas again that Slack's published TypeScript types amount to: `make schemas`.
//
// What the app sends (bot/workspace/schemas): blocks, views and chunks without unknown fields, and each method's arguments.
// What the workspace emits (tests/conformance/schemas): events, interactions, answers of the Web API; and the manifest.
import { execFileSync } from 'node:child_process';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createHash } from 'node:crypto';
import { DEFAULT_CONFIG, SchemaGenerator, createFormatter, createParser, createProgram } from 'ts-json-schema-generator';

const HERE = new URL('.', import.meta.url).pathname;
const SENT = `${HERE}../../bot/workspace/schemas/`;
const EMITTED = `${HERE}schemas/`;
const SCRATCH = `${HERE}node_modules/.schemas/`;

const EVENTS = [
  'AgentSessionStoppedEvent', 'AppContextChangedEvent', 'AppHomeOpenedEvent', 'AppMentionEvent', 'MessageEvent',
  'ReactionAddedEvent', 'ReactionRemovedEvent',
];
const INTERACTIONS = {
  '@slack/bolt': [
    'BlockButtonAction', 'BlockCheckboxesAction', 'BlockDatepickerAction', 'BlockFeedbackButtonsAction',
    'BlockOverflowAction', 'BlockRadioButtonsAction', 'BlockStaticSelectAction', 'BlockTimepickerAction',
    'GlobalShortcut', 'MessageShortcut', 'SlashCommand', 'ViewClosedAction', 'ViewSubmitAction',
  ],
};
const METHODS = readFileSync(`${HERE}methods.txt`, 'utf8').split('\n').filter(Boolean);
// Where the type is not named like the method.
const ARGUMENTS = { 'api.test': null, 'blocks.validate': null };

const version = (name) => JSON.parse(readFileSync(`${HERE}node_modules/${name}/package.json`, 'utf8')).version;
const typeName = (method) => method.split('.').map((word) => word[0].toUpperCase() + word.slice(1)).join('');

/** Makes a schema of any type that is exported by a source text. */
function reader(name, source, open) {
  const path = `${SCRATCH}${name}.ts`;
  writeFileSync(path, source);
  const config = {
    ...DEFAULT_CONFIG, path, skipTypeCheck: true, additionalProperties: open, encodeRefs: false, expose: 'all', jsDoc: 'none',
  };
  const program = createProgram(config);
  const generator = new SchemaGenerator(program, createParser(program, config), createFormatter(config), config);
  return (type) => generator.createSchema(type);
}

const schema = (name, source, open) => reader(name, source, open)('Root');

function root(names, from) {
  const fields = names.map((name) => `${JSON.stringify(name)}: ${from}.${name};`);
  return `export interface Root { ${fields.join(' ')} }`;
}

/** Definitions with short names for those that the generator calls `alias-…` or `structure-…`, and the roots by name. */
function compact(found) {
  const { Root, ...definitions } = found.definitions;
  const names = Object.keys(definitions).sort();
  const short = Object.fromEntries(names.map((name, place) => [name, /^[A-Za-z]\w*$/.test(name) ? name : `_${place}`]));
  const renamed = (value) => {
    if (Array.isArray(value)) return value.map(renamed);
    if (value === null || typeof value !== 'object') return value;
    return Object.fromEntries(Object.entries(value).filter(([key, held]) => !(key === 'deprecated' && held === true))
      .map(([key, held]) => [key, key === '$ref' ? `#/definitions/${short[held.replace('#/definitions/', '')]}` : renamed(held)]));
  };
  const kept = Object.fromEntries(names.map((name) => [short[name], renamed(definitions[name])]));
  return { roots: renamed(Root.properties), definitions: kept };
}

/** The types of answers in one; each has its own `Block` and `Message`, and what is equal is kept once. */
function merged(names) {
  const exported = names.map((name) => `export type The${name} = api.${name};`).join('\n');
  const read = reader('answers', `import type * as api from '@slack/web-api';\n${exported}`, true);
  const together = { properties: {} };
  const definitions = {};
  for (const name of names) {
    const found = read(`The${name}`).definitions;
    const digests = {};
    const digest = (held) => {
      const key = held.replace('#/definitions/', '');
      if (!(key in digests)) {
        digests[key] = `cycle${key}`;
        const text = JSON.stringify(found[key], (field, value) => (field === '$ref' ? digest(value) : value));
        digests[key] = `d${createHash('sha256').update(text).digest('hex').slice(0, 8)}`;
      }
      return digests[key];
    };
    Object.keys(found).forEach(digest);
    const pointed = (value) => JSON.parse(JSON.stringify(value, (field, held) => (field === '$ref' ? `#/definitions/${digest(held)}` : held)));
    for (const [key, value] of Object.entries(found)) definitions[digest(key)] = pointed(value);
    together.properties[name] = { $ref: `#/definitions/${digest(`The${name}`)}` };
  }
  return compact({ definitions: { ...definitions, Root: together } });
}

function write(path, from, found) {
  const origin = from.map((name) => `${name} ${version(name)} (MIT)`).join(', ');
  const lines = ['roots', 'definitions'].map((part) => {
    const each = Object.entries(found[part]).map(([name, value]) => `${JSON.stringify(name)}:${JSON.stringify(value)}`);
    return `"${part}":{\n${each.join(',\n')}\n}`;
  });
  writeFileSync(path, `{"$comment":"Generated by \`make schemas\` from ${origin}; see README.md.",\n${lines.join(',\n')}}\n`);
}

/** Every name that a method takes in any of its forms, and those that all of its forms want. */
function argumentNames(definition, definitions) {
  if (definition.$ref) return argumentNames(definitions[definition.$ref.replace('#/definitions/', '')], definitions);
  const forms = definition.anyOf ?? definition.allOf;
  if (!forms) return { required: definition.required ?? [], known: Object.keys(definition.properties ?? {}) };
  const each = forms.filter((form) => form.not === undefined).map((form) => argumentNames(form, definitions));
  const known = [...new Set(each.flatMap((form) => form.known))];
  const needed = definition.anyOf
    ? each[0].required.filter((name) => each.every((form) => form.required.includes(name)))
    : each.flatMap((form) => form.required);
  return { required: [...new Set(needed)], known };
}

function writeArguments() {
  const typed = METHODS.filter((method) => !(method in ARGUMENTS));
  const exported = typed.map((method) => `export type The${typeName(method)} = api.${typeName(method)}Arguments;`).join('\n');
  const read = reader('arguments', `import type * as api from '@slack/web-api';\n${exported}`, false);
  const lines = typed.map((method) => {
    const { definitions } = read(`The${typeName(method)}`);
    const { required, known } = argumentNames(definitions[`The${typeName(method)}`], definitions);
    const optional = known.filter((name) => !required.includes(name) && name !== 'token').sort();
    return `${JSON.stringify(method)}:${JSON.stringify({ required: required.sort(), optional })}`;
  });
  const origin = `@slack/web-api ${version('@slack/web-api')} (MIT)`;
  writeFileSync(`${SENT}arguments.json`, `{"$comment":"Generated by \`make schemas\` from ${origin}; see README.md.",\n${lines.join(',\n')}}\n`);
}

mkdirSync(SCRATCH, { recursive: true });
const types = "import type * as slack from '@slack/types';\nimport type * as api from '@slack/web-api';\nimport type * as bolt from '@slack/bolt';\n";
write(`${SENT}blocks.json`, ['@slack/types'],
  compact(schema('blocks', types + root(['KnownBlock', 'HomeView', 'ModalView', 'AnyChunk'], 'slack'), false)));
write(`${EMITTED}events.json`, ['@slack/types'], compact(schema('events', types + root(EVENTS, 'slack'), true)));
write(`${EMITTED}interactions.json`, ['@slack/bolt'],
  compact(schema('interactions', types + root(INTERACTIONS['@slack/bolt'], 'bolt'), true)));
write(`${EMITTED}answers.json`, ['@slack/web-api'], merged(METHODS.map(typeName).map((name) => `${name}Response`)));
write(`${EMITTED}manifest.json`, ['@slack/web-api'],
  compact(schema('manifest', `import type { Manifest } from '@slack/web-api/dist/types/request/manifest.js';\nexport interface Root { Manifest: Manifest }`, false)));
writeArguments();
rmSync(SCRATCH, { recursive: true });

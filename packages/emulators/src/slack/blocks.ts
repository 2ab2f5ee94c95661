import { invalidArguments, refuse } from "./errors.ts";

type Fields = Readonly<Record<string, unknown>>;

const isFields = (value: unknown): value is Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Kinds of blocks that a message may hold: the vendor's types package; input is for modals. */
const MESSAGE_BLOCKS = new Set(
  "actions context context_actions divider file header image markdown rich_text section table video".split(
    " ",
  ),
);

// Numbers: vendors/slack.md §5.
const LIMITS = {
  blocks: 50,
  section: 3_000,
  fields: 10,
  field: 2_000,
  header: 150,
  contextElements: 10,
  actionElements: 25,
  buttonText: 75,
  buttonValue: 2_000,
  url: 3_000,
  actionId: 255,
  blockId: 255,
  alt: 2_000,
  markdown: 12_000,
};

/** The blocks of a message, or the vendor's refusal with a JSON pointer for each thing that is wrong. */
export function requireBlocks(value: unknown): readonly Fields[] {
  if (!Array.isArray(value)) throw refuse("invalid_blocks_format");
  const problems: string[] = [];
  const problem = (text: string, pointer: string) => void problems.push(`${text} [json-pointer:${pointer}]`);
  if (value.length > LIMITS.blocks) problem(`no more than ${LIMITS.blocks} items allowed`, "/blocks");
  const ids = new Set<string>();
  let markdown = 0;
  for (const [at, block] of (value as unknown[]).entries()) {
    const pointer = `/blocks/${at}`;
    if (!isFields(block) || typeof block.type !== "string") {
      problem("must provide an object with a type", pointer);
      continue;
    }
    if (!MESSAGE_BLOCKS.has(block.type)) {
      problem(`unsupported type: ${block.type}`, `${pointer}/type`);
      continue;
    }
    if (block.block_id !== undefined) {
      checkLength(block.block_id, LIMITS.blockId, `${pointer}/block_id`, problem);
      if (ids.has(String(block.block_id))) problem("block_id is used twice", `${pointer}/block_id`);
      ids.add(String(block.block_id));
    }
    if (block.type === "markdown") markdown += String(block.text ?? "").length;
    CHECKS[block.type]?.(block, pointer, problem);
  }
  if (problems.length > 0) throw invalidArguments(problems, "invalid_blocks");
  if (markdown > LIMITS.markdown) throw refuse("msg_blocks_too_long");
  return value as readonly Fields[];
}

type Problem = (text: string, pointer: string) => void;
type Check = (block: Fields, pointer: string, problem: Problem) => void;

function checkLength(value: unknown, max: number, pointer: string, problem: Problem, min = 0): void {
  if (typeof value !== "string") {
    problem("must provide a string", pointer);
    return;
  }
  if (value.length < min) problem(`must be more than ${min - 1} characters`, pointer);
  if (value.length > max) problem(`must be less than ${max + 1} characters`, pointer);
}

function checkText(
  value: unknown,
  max: number,
  pointer: string,
  problem: Problem,
  only?: "plain_text",
): void {
  if (!isFields(value)) {
    problem("must provide an object", pointer);
    return;
  }
  const types = only ? [only] : ["plain_text", "mrkdwn"];
  if (!types.includes(String(value.type)))
    problem(`must be of type ${types.join(" or ")}`, `${pointer}/type`);
  checkLength(value.text, max, `${pointer}/text`, problem, 1);
}

const checkButton: Check = (button, pointer, problem) => {
  checkText(button.text, LIMITS.buttonText, `${pointer}/text`, problem, "plain_text");
  if (button.value !== undefined) checkLength(button.value, LIMITS.buttonValue, `${pointer}/value`, problem);
  if (button.url !== undefined) checkLength(button.url, LIMITS.url, `${pointer}/url`, problem);
  if (button.action_id !== undefined)
    checkLength(button.action_id, LIMITS.actionId, `${pointer}/action_id`, problem);
  if (button.style !== undefined && button.style !== "primary" && button.style !== "danger") {
    problem("must be primary or danger", `${pointer}/style`);
  }
};

function checkElements(block: Fields, max: number, pointer: string, problem: Problem, check: Check): void {
  if (!Array.isArray(block.elements) || block.elements.length === 0) {
    problem("must provide elements", `${pointer}/elements`);
    return;
  }
  if (block.elements.length > max) problem(`no more than ${max} items allowed`, `${pointer}/elements`);
  for (const [at, element] of (block.elements as unknown[]).entries()) {
    const inner = `${pointer}/elements/${at}`;
    if (isFields(element)) check(element, inner, problem);
    else problem("must provide an object", inner);
  }
}

const CHECKS: Readonly<Record<string, Check>> = {
  section(block, pointer, problem) {
    if (block.text === undefined && block.fields === undefined)
      problem("must provide text or fields", pointer);
    if (block.text !== undefined) checkText(block.text, LIMITS.section, `${pointer}/text`, problem);
    if (Array.isArray(block.fields)) {
      if (block.fields.length > LIMITS.fields)
        problem(`no more than ${LIMITS.fields} items allowed`, `${pointer}/fields`);
      block.fields.forEach((field, at) => {
        checkText(field, LIMITS.field, `${pointer}/fields/${at}`, problem);
      });
    } else if (block.fields !== undefined) problem("must provide a list", `${pointer}/fields`);
    if (isFields(block.accessory) && block.accessory.type === "button") {
      checkButton(block.accessory, `${pointer}/accessory`, problem);
    }
  },
  header: (block, pointer, problem) =>
    checkText(block.text, LIMITS.header, `${pointer}/text`, problem, "plain_text"),
  context: (block, pointer, problem) =>
    checkElements(block, LIMITS.contextElements, pointer, problem, (element, inner) => {
      if (element.type === "image")
        return checkLength(element.alt_text, LIMITS.alt, `${inner}/alt_text`, problem, 1);
      checkText(element, LIMITS.section, inner, problem);
    }),
  actions: (block, pointer, problem) =>
    checkElements(block, LIMITS.actionElements, pointer, problem, (element, inner) => {
      if (element.type === "button") checkButton(element, inner, problem);
    }),
  image(block, pointer, problem) {
    checkLength(block.alt_text, LIMITS.alt, `${pointer}/alt_text`, problem, 1);
    if (block.slack_file === undefined)
      checkLength(block.image_url, LIMITS.url, `${pointer}/image_url`, problem, 1);
  },
  markdown: (block, pointer, problem) =>
    // The length counts over all blocks together.
    checkLength(block.text, Number.POSITIVE_INFINITY, `${pointer}/text`, problem, 1),
};

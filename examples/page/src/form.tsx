/** Inputs of a typed program: a field for each, by its type. */
import { type ReactElement, useEffect, useId, useRef } from 'react';
import type { TypedInterface } from 'wattest/typed';
import type { Given, PageProgram, Values } from './page-program.ts';

type Field = TypedInterface['inputs'][number];

export function Form({
  page,
  given,
  values,
  set,
  fault,
  disabled,
}: {
  readonly page: PageProgram;
  readonly given: Readonly<Record<string, Given>>;
  /** All of them, those that are given too. */
  readonly values: Values;
  readonly set: (values: Values) => void;
  /** Name of the field that is wrong, and what is. */
  readonly fault: { readonly field: string; readonly message: string } | undefined;
  readonly disabled: boolean;
}): ReactElement {
  const form = useRef<HTMLDivElement>(null);
  useEffect(() => {
    // A part of a program's own has no mark: what is said beside the button has to do.
    if (fault !== undefined) form.current?.querySelector<HTMLElement>('[aria-invalid=true]')?.focus();
  }, [fault]);
  const { inputs, privateInputs } = page.program.interface;
  const rows = (fields: readonly Field[]): ReactElement[] => {
    const taken = page.parts.filter(({ fields: own }) => fields.some(({ name }) => own.includes(name)));
    const plain = fields.filter(({ name }) => !page.parts.some((part) => part.fields.includes(name)));
    return [
      ...taken.map(({ fields: own, Part }) => <Part key={own.join()} values={values} set={set} />),
      ...plain.map(({ name, type }) => (
        <Row
          key={name}
          name={name}
          type={typeText(type)}
          given={given[name]}
          value={values[name]}
          fault={fault?.field === name ? fault.message : undefined}
          onChange={(value) => set({ [name]: value })}
        />
      )),
    ];
  };
  return (
    <div className="form" ref={form}>
      <fieldset disabled={disabled}>
        <legend>
          Public <small>part of the statement, readable on the chain</small>
        </legend>
        {rows(inputs)}
      </fieldset>
      {privateInputs.length > 0 && (
        <fieldset className="private" disabled={disabled}>
          <legend>
            Private <small>never leaves this page</small>
          </legend>
          {rows(privateInputs)}
        </fieldset>
      )}
    </div>
  );
}

function Row({
  name,
  type,
  given,
  value,
  fault,
  onChange,
}: {
  readonly name: string;
  readonly type: string;
  readonly given: Given | undefined;
  readonly value: unknown;
  readonly fault: string | undefined;
  readonly onChange: (value: unknown) => void;
}): ReactElement {
  const id = useId();
  const shown = given?.value ?? value;
  const note = given === undefined ? undefined : given.from;
  const describedBy = fault !== undefined || note !== undefined ? `${id}-note` : undefined;
  return (
    <div className="row">
      <label htmlFor={id}>
        {name} <code>{type}</code>
      </label>
      {type === 'bool' ? (
        <input
          id={id}
          type="checkbox"
          checked={shown === true}
          disabled={given !== undefined}
          onChange={({ target }) => onChange(target.checked)}
        />
      ) : (
        <input
          id={id}
          name={name}
          type="text"
          inputMode={/^u?int/.test(type) ? 'numeric' : 'text'}
          autoComplete="off"
          spellCheck={false}
          value={textOf(shown)}
          readOnly={given !== undefined}
          aria-invalid={fault !== undefined}
          aria-describedby={describedBy}
          onChange={({ target }) => onChange(parsed(target.value))}
        />
      )}
      {describedBy !== undefined && (
        <small id={describedBy} className={fault === undefined ? 'note' : 'note bad'}>
          {fault ?? note}
        </small>
      )}
    </div>
  );
}

function textOf(value: unknown): string {
  if (value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** Lists and structs are typed as JSON; whatever is none stays text. */
function parsed(text: string): unknown {
  if (!/^\s*[[{]/.test(text)) return text.trim();
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

/** As Solidity writes it. */
export function typeText(type: Field['type']): string {
  switch (type.kind) {
    case 'array':
      return `${typeText(type.item)}[${type.length}]`;
    case 'list':
      return `${typeText(type.item)}[]`;
    default:
      return type.name;
  }
}

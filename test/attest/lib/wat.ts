import openWabt from 'wabt';

/** A module from its text. */
export async function assembleWat(text: string): Promise<Uint8Array> {
  const wabt = await openWabt();
  const module = wabt.parseWat('test.wat', text, { multi_value: true });
  try {
    module.validate();
    return Uint8Array.from(module.toBinary({}).buffer);
  } finally {
    module.destroy();
  }
}

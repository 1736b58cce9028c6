/** The commands, in the order of the help, as it lists them; a command's own file is loaded when that command is called. */
import type { Command } from 'commander';

export interface CommandEntry {
  readonly about: string;
  /** Its arguments, as help writes them. */
  readonly takes?: string;
  /** Declares its options, arguments and action, all but its description. */
  readonly load: () => Promise<(program: Command) => void>;
}

export const COMMANDS: Readonly<Record<string, CommandEntry>> = {
  compile: {
    about:
      'compile a guest: C, C++ (@yowasp/clang), AssemblyScript (assemblyscript), Rust (a rustc on the path)',
    takes: '<source>',
    load: async () => (await import('./commands/compile.ts')).registerCompile,
  },
  bind: {
    about:
      'write what typed programs need, from their manifest: bindings of the guest, the module, TypeScript, Solidity',
    takes: '[program...]',
    load: async () => (await import('./commands/bind.ts')).registerBind,
  },
  inspect: {
    about: 'show ids, exports, imports, features used and sizes of a module',
    takes: '<file>',
    load: async () => (await import('./commands/inspect.ts')).registerInspect,
  },
  disasm: {
    about: 'show the instructions of a module and the register instructions that are proven for them',
    takes: '<file>',
    load: async () => (await import('./commands/disasm.ts')).registerDisasm,
  },
  run: {
    about: 'run a program in the emulator',
    takes: '<file>',
    load: async () => (await import('./commands/run.ts')).registerRun,
  },
  profile: {
    about: 'run a program and say which functions the rows of its proof come from, and what they cost',
    takes: '<file>',
    load: async () => (await import('./commands/profile.ts')).registerProfile,
  },
  check: {
    about: 'run a program, then check every row against every constraint, and the bus',
    takes: '<file>',
    load: async () => (await import('./commands/check.ts')).registerCheck,
  },
  prove: {
    about: 'run a program and prove the run',
    takes: '<file>',
    load: async () => (await import('./commands/prove.ts')).registerProve,
  },
  wrap: {
    about: 'make a small proof of a proof, for less gas; it says the same',
    takes: '<proof>',
    load: async () => (await import('./commands/wrap.ts')).registerWrap,
  },
  worker: {
    about: 'prove shards of runs that `wattest prove --queue` gives to a queue',
    load: async () => (await import('./commands/worker.ts')).registerWorker,
  },
  verify: {
    about: 'verify a proof file; exit code 0 accepted, 1 rejected',
    takes: '<proof>',
    load: async () => (await import('./commands/verify.ts')).registerVerify,
  },
  verifier: {
    about: 'generate the Solidity verifier',
    load: async () => (await import('./commands/verifier.ts')).registerVerifier,
  },
  key: {
    about: 'write the verifying key as JSON, for verification without SRS and prover',
    load: async () => (await import('./commands/key.ts')).registerKey,
  },
  srs: {
    about: 'ceremony files (.ptau): which one, fetch it, check it',
    takes: '<action> [file]',
    load: async () => (await import('./commands/srs.ts')).registerSrs,
  },
  deploy: {
    about:
      "deploy the verifier of a kind of proofs: with an attestation registry, or to the registry of the network's deployment",
    load: async () => (await import('./commands/deploy.ts')).registerDeploy,
  },
  'verify-source': {
    about: "give the sources of a network's deployment to Sourcify and Etherscan",
    load: async () => (await import('./commands/verify-source.ts')).registerVerifySource,
  },
  route: {
    about:
      'kinds of proofs of a registry whose owner is a timelock: add or freeze one by it, cancel what waits, or list who may what',
    takes: '<action> [what]',
    load: async () => (await import('./commands/route.ts')).registerRoute,
  },
  attest: {
    about: "submit a proof, or several, to the network's registry and read the attestation back",
    takes: '<proof...>',
    load: async () => (await import('./commands/attest.ts')).registerAttest,
  },
  sign: {
    about: 'sign that whoever has the signature may submit a proof in the name of this account',
    takes: '<proof>',
    load: async () => (await import('./commands/sign.ts')).registerSign,
  },
  record: {
    about: "ask the network's registry what is on record: under which keys, by whom, and whether it counts",
    takes: '[proof]',
    load: async () => (await import('./commands/record.ts')).registerRecord,
  },
  freeze: {
    about: 'retire a key: the registry takes no more proofs under it, its records stay good; owner only',
    takes: '<key>',
    load: async () => (await import('./commands/freeze.ts')).registerFreeze,
  },
  stop: {
    about:
      'stop a key that is broken: no more proofs, and its records count for nothing; owner, guardian, or anyone with a proof of it',
    takes: '[key]',
    load: async () => (await import('./commands/stop.ts')).registerStop,
  },
};

/** The entry of a command, if there is one of that name. */
export const commandOf = (name: string | undefined): CommandEntry | undefined =>
  name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;

"""Answers SMT-LIB 2 scripts, one JSON object a line: {"logic", "script", "limit"}, by Bitwuzla, or cvc5 where integers are in them.

The scripts declare and assert; the answer is one line, {"verdict": "sat" | "unsat" | "unknown"}, or {"error": text}.
limit: milliseconds of one query.
"""

import json
import sys

import bitwuzla
import cvc5


def by_bitwuzla(logic, script, limit):
    options = bitwuzla.Options()
    options.set(bitwuzla.Option.TIME_LIMIT_PER, limit)
    parser = bitwuzla.Parser(bitwuzla.TermManager(), options)
    parser.parse(f"(set-logic {logic})\n{script}\n", True, False)
    verdict = parser.bitwuzla().check_sat()
    return {bitwuzla.Result.SAT: "sat", bitwuzla.Result.UNSAT: "unsat"}.get(verdict, "unknown")


def by_cvc5(logic, script, limit):
    solver = cvc5.Solver(cvc5.TermManager())
    solver.setOption("tlimit-per", str(limit))
    symbols = cvc5.SymbolManager(solver)
    parser = cvc5.InputParser(solver, symbols)
    text = f"(set-logic {logic})\n{script}\n"
    parser.setStringInput(cvc5.InputLanguage.SMT_LIB_2_6, text, "script")
    while True:
        command = parser.nextCommand()
        if command.isNull():
            break
        said = command.invoke(solver, symbols)
        if "error" in said:
            raise ValueError(said)
    verdict = solver.checkSat()
    return "sat" if verdict.isSat() else "unsat" if verdict.isUnsat() else "unknown"


print(json.dumps({"versions": f"Bitwuzla {bitwuzla.version()}, cvc5 {cvc5.__version__}"}), flush=True)
for line in sys.stdin:
    query = json.loads(line)
    answer = by_cvc5 if "IA" in query["logic"] else by_bitwuzla
    try:
        print(json.dumps({"verdict": answer(query["logic"], query["script"], query["limit"])}), flush=True)
    except Exception as error:  # What a solver cannot read is told, not hidden.
        print(json.dumps({"error": str(error)}), flush=True)

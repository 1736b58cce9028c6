// Counts an election by instant runoff: an ordinary Go program. Reads the candidates from standard input, which is public, one a
// line; and the ballots from file 3, which is private, one a line: candidates by preference, separated by commas. Prints every round.
// While nobody has more than half of the ballots that still name somebody, who has the fewest is out (of several the one who stands last
// in the list), and those ballots count for whom they name next.
package main

import (
	"bufio"
	"os"
	"slices"
	"strconv"
	"strings"
)

type election struct {
	candidates []string
	running    map[string]bool
	ballots    [][]string
	spoiled    int
}

// lines gives those of a file that are not empty, without blanks around them.
func lines(file *os.File) ([]string, error) {
	var all []string
	scanner := bufio.NewScanner(file)
	for scanner.Scan() {
		if line := strings.TrimSpace(scanner.Text()); line != "" {
			all = append(all, line)
		}
	}
	return all, scanner.Err()
}

func read(list, ballots *os.File) (*election, error) {
	names, err := lines(list)
	if err != nil {
		return nil, err
	}
	e := &election{candidates: names, running: map[string]bool{}}
	for _, name := range names {
		e.running[name] = true
	}
	papers, err := lines(ballots)
	if err != nil {
		return nil, err
	}
	for _, paper := range papers {
		if choices := e.choices(paper); choices != nil {
			e.ballots = append(e.ballots, choices)
		} else {
			e.spoiled++
		}
	}
	return e, nil
}

// choices reads a ballot; nil if it names somebody twice, or who is no candidate.
func (e *election) choices(paper string) []string {
	var choices []string
	for _, name := range strings.Split(paper, ",") {
		name = strings.TrimSpace(name)
		if !e.running[name] || slices.Contains(choices, name) {
			return nil
		}
		choices = append(choices, name)
	}
	return choices
}

// round counts each ballot for the first on it who is running.
func (e *election) round() (votes map[string]int, counted int) {
	votes = map[string]int{}
	for _, ballot := range e.ballots {
		for _, name := range ballot {
			if e.running[name] {
				votes[name]++
				counted++
				break
			}
		}
	}
	return votes, counted
}

func main() {
	e, err := read(os.Stdin, os.NewFile(3, "ballots"))
	if err != nil || len(e.candidates) == 0 {
		os.Stderr.WriteString("the candidates stand on standard input, the ballots in file 3\n")
		os.Exit(2)
	}
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	out.WriteString(strconv.Itoa(len(e.ballots)) + " ballots, " + strconv.Itoa(e.spoiled) + " spoiled\n")
	for number := 1; ; number++ {
		votes, counted := e.round()
		var parts []string
		best, least := "", ""
		for _, name := range e.candidates {
			if !e.running[name] {
				continue
			}
			parts = append(parts, name+" "+strconv.Itoa(votes[name]))
			if best == "" || votes[name] > votes[best] {
				best = name
			}
			if least == "" || votes[name] <= votes[least] {
				least = name
			}
		}
		out.WriteString("round " + strconv.Itoa(number) + ": " + strings.Join(parts, ", ") + "\n")
		if 2*votes[best] > counted || len(parts) == 1 {
			out.WriteString("elected: " + best + "\n")
			return
		}
		e.running[least] = false
	}
}

// Fleet runs a thousand sub-agents of one orchestrator against one verifier, in one
// process. They share one budget, which is spent to the last credit and never
// beyond; an operator guards one team and lets it back, and revokes another in the
// middle of its work.
//
//	go run ./examples/fleet            progress in one line on a terminal, else in lines
//	go run ./examples/fleet -agents 200
//
// It exits with 0 only if every call got the answer that it should, and the sums
// are right.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	agents := flag.Int("agents", 1000, "number of sub-agents, a multiple of 10")
	workers := flag.Int("workers", 32, "calls at one time")
	flag.Parse()
	info, err := os.Stdout.Stat()
	live := err == nil && info.Mode()&os.ModeCharDevice != 0
	if err := run(os.Stdout, live, *agents, *workers); err != nil {
		fmt.Fprintln(os.Stderr, "\nfleet: it went wrong:", err)
		os.Exit(1)
	}
}

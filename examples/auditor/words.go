package main

import (
	"fmt"
	"strconv"

	"github.com/taperid/taper/audit"
)

// severity is how bad a finding is. More is worse.
type severity int

const (
	notable severity = iota + 1
	serious
	proven // two signatures, or hashes, that cannot both be honest
)

// String is the word on the page, and the class in its style.
func (s severity) String() string {
	switch s {
	case proven:
		return "critical"
	case serious:
		return "serious"
	case notable:
		return "notable"
	}
	return "none"
}

// meaning is a kind of finding in words.
type meaning struct {
	severity severity
	short    string // of whom it is about
	long     string
}

// meanings are by the kind's name, so that kinds of later versions are shown too.
func means(kind audit.Kind) meaning {
	switch kind {
	case audit.Inconsistent:
		return meaning{proven, "the log contradicts its own checkpoint", "The leaves do not hash to what the log signed. The operator, or whoever keeps the files, changed it."}
	case audit.Fork:
		return meaning{proven, "signed two different statements under one number", "The agent's own two signatures prove it: one of the two was meant for somebody else's eyes."}
	case audit.Forged:
		return meaning{proven, "an entry that its agent did not sign", "Somebody other than the agent put it into the log."}
	case audit.OutsideAuthority:
		return meaning{proven, "went beyond its authority", "What was done, permitted or handed on is outside of the chain that the log names for it."}
	case audit.Gap:
		return meaning{serious, "entries are missing", "The numbers have a hole, or the end that a parent names is not there: the writer or the log's operator withholds entries."}
	case audit.BrokenLink:
		return meaning{serious, "its chain of entries is broken", "An entry does not follow the one before it, comes after the end, or changes the writer's role or task."}
	case audit.AnchorMismatch:
		return meaning{serious, "saw another log than this one", "It names a checkpoint that this log never had. Either the log shows two faces or the writer lies; the signed checkpoint, which the writer says it keeps, decides."}
	case audit.Unmatched:
		return meaning{serious, "two sides tell different stories", "One side of an exchange wrote what the other did not, or wrote otherwise."}
	case audit.Backdated:
		return meaning{serious, "claims a time that cannot be", "The time is before what the entry itself builds on, or after what already has it."}
	case audit.Stranger:
		return meaning{serious, "calls itself a verifier and is none", "The policy does not name it. What it wrote does not count."}
	case audit.Reordered:
		return meaning{notable, "its entries stand in another order", "The log has an entry before one with a lower number."}
	case audit.Unclosed:
		return meaning{notable, "has not closed its task", "It is still at work, or its last entries are missing."}
	}
	return meaning{serious, string(kind), ""}
}

// ruleWords are the verification rules in a few words, by number.
var ruleWords = [...]string{
	1: "no chain", 2: "malformed link", 3: "not a root of this verifier", 4: "wrong signature", 5: "links out of order",
	6: "not the child of its parent", 7: "not yet, or no longer, valid", 8: "outlives its parent", 9: "delegated too deep",
	10: "another task", 11: "more than its parent has", 12: "revoked, suspended, or status unknown", 13: "wrong invocation",
	14: "not what was invoked", 15: "outside its authority", 16: "an approval or attestation is missing",
	17: "over budget", 18: "against the verifier's own policy",
}

// ruleText says a rule in words.
func ruleText(n int) string {
	if n > 0 && n < len(ruleWords) {
		return ruleWords[n]
	}
	return fmt.Sprintf("rule %d", n)
}

// shown is a text of the log as the page shows it: as it is where it is printable
// ASCII, and else quoted, so that nothing looks like what it is not.
func shown(s string) string {
	for _, c := range []byte(s) {
		if c < 0x20 || c > 0x7e {
			return strconv.QuoteToASCII(s)
		}
	}
	return s
}

// plural is a count with its noun.
func plural(n int, noun string) string {
	switch {
	case n == 1:
		return "1 " + noun
	case noun == "leaf":
		return fmt.Sprintf("%d leaves", n)
	case noun[len(noun)-1] == 'y':
		return fmt.Sprintf("%d %sies", n, noun[:len(noun)-1])
	}
	return fmt.Sprintf("%d %ss", n, noun)
}

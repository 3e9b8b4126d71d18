// Package verdicts makes the verdict vectors of testdata/vectors: questions to a
// verifier, really signed, each with the one right answer. The same bytes come out
// every time, so a test holds the files to what is made here. What an answer is was
// written by hand, from docs/spec.md, and never taken from what the library said.
package verdicts

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

type (
	object = map[string]any
	raw    = json.RawMessage
)

// Vector is a question and its answer.
type Vector struct {
	Title  string
	Input  object // a case as the batch of examples/inspect reads it, without its id
	Expect object // members that the answer has
}

// File is the vectors of one rule, or of one part of a language.
type File struct {
	Name    string // of the file, without its ending
	Part    string // of docs/spec.md
	Vectors []Vector
}

// Files returns all files, in the order of docs/spec.md.
func Files() []File {
	return []File{
		{"did-key", "2", didKeys()},
		{"credential", "3", credentials()},
		{"authority-actions", "4.1", actions()},
		{"authority-resources", "4.1", resources()},
		{"authority-constraints", "4.1", constraints()},
		{"authority-form", "4.1", forms()},
		{"request", "4.1", requests()},
		{"request-malformed", "6.4", malformedRequests()},
		{"attenuation", "4.2", attenuations()},
		{"narrow", "4.2", narrowings()},
		{"packed", "5.1", packedForms()},
		{"rule-01-chain", "7.1", rule1()},
		{"rule-02-jose", "1.6", rule2Token()},
		{"rule-02-profile", "4", rule2Profile()},
		{"rule-02-document", "4", rule2Document()},
		{"rule-03-root", "7.1", rule3()},
		{"rule-04-signature", "7.1", rule4()},
		{"rule-05-order", "7.1", rule5()},
		{"rule-06-parent", "7.1", rule6()},
		{"rule-07-time", "7.1", rule7()},
		{"rule-08-outlives", "7.1", rule8()},
		{"rule-09-depth", "7.1", rule9()},
		{"rule-10-task", "7.1", rule10()},
		{"rule-11-widened", "7.1", rule11()},
		{"rule-12-entry", "7.2", rule12Entry()},
		{"rule-12-status", "7.2", rule12Status()},
		{"status-list", "7.2", statusLists()},
		{"status-encoding", "7.2", statusEncodings()},
		{"rule-13-invocation", "6.1", rule13()},
		{"rule-14-mismatch", "6.4", rule14()},
		{"rule-15-not-allowed", "7.1", rule15()},
		{"rule-16-approval", "6.2", rule16Approval()},
		{"rule-16-evidence", "6.6", rule16Evidence()},
		{"rule-17-budget", "4.2", rule17()},
		{"order-of-rules", "7.1", orderOfRules()},
		{"receipt", "6.3", receipts()},
	}
}

// Lines writes the file: a vector a line.
func (f File) Lines() []byte {
	var b bytes.Buffer
	for i, v := range f.Vectors {
		fmt.Fprintf(&b, `{"title":%s,"input":%s,"expect":%s}`+"\n",
			text(v.Title), v.line(fmt.Sprintf("%s/%d", f.Name, i+1)), text(v.Expect))
	}
	return b.Bytes()
}

// Question is the question without an id.
func (v Vector) Question() []byte { return v.line("") }

// line writes the question, its subjects byte for byte: what is asked about may
// have spaces and members twice.
func (v Vector) line(id string) []byte {
	var b bytes.Buffer
	fmt.Fprintf(&b, `{"id":%s,"kind":%s`, text(id), text(v.Input["kind"]))
	for _, name := range slices.Sorted(maps.Keys(v.Input)) {
		if name == "kind" {
			continue
		}
		value, ok := v.Input[name].(raw)
		if !ok {
			value = text(v.Input[name])
		}
		fmt.Fprintf(&b, `,%s:%s`, text(name), value)
	}
	return append(b.Bytes(), '}')
}

// text writes JSON, characters of HTML as they are.
func text(v any) raw {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	must(enc.Encode(v))
	return bytes.TrimRight(b.Bytes(), "\n")
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func get[T any](v T, err error) T {
	must(err)
	return v
}

// as is a value that is of a type.
func as[T any](v any) T {
	out, ok := v.(T)
	if !ok {
		panic(fmt.Sprintf("%T is no %T", v, out))
	}
	return out
}

// with is an object with more members; one that is nil is taken away.
func with(o object, more object) object {
	out := maps.Clone(o)
	for name, value := range more {
		if out[name] = value; value == nil {
			delete(out, name)
		}
	}
	return out
}

func accepts(more object) object { return with(object{"verdict": "accept"}, more) }

// refuses is a refusal by a rule, at a link; none where that is -1.
func refuses(rule, link int) object {
	out := object{"verdict": "reject", "rule": rule}
	if link >= 0 {
		out["link"] = link
	}
	return out
}

// because is a refusal whose code is told too.
func because(rule, link int, code string) object {
	return with(refuses(rule, link), object{"code": code})
}

// by is a refusal whose dimension is told too.
func by(rule, link int, dimension string) object {
	return with(refuses(rule, link), object{"dimension": dimension})
}

// rejected is a refusal outside of the rules.
func rejected(code string) object { return object{"verdict": "reject", "code": code} }

package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strconv"
	"strings"
	"time"

	"github.com/taperid/taper/delegation"
)

// The verdicts there are.
const (
	accept = "accept"
	reject = "reject"
	failed = "error" // nothing was judged
)

// result is the answer to one case.
type result struct {
	id      raw // of the case, as it was written
	kind    string
	verdict string
	code    string
	rule    int  // 0: none
	link    *int // nil: none
	err     error
	more    map[string]any // what the kind adds, by name
	view    view           // what a report for people shows besides; nil: nothing
	at      time.Time      // by which it was judged, for a report; zero: by none
}

// add puts a member into the answer.
func (r *result) add(name string, value any) {
	if r.more == nil {
		r.more = make(map[string]any)
	}
	r.more[name] = value
}

// accepted returns the answer to a question that err does not refuse.
func accepted(err error) *result {
	if err == nil {
		return &result{verdict: accept}
	}
	r := &result{verdict: reject, code: codeOf(err), err: err}
	var refusal *delegation.Refusal
	if errors.As(err, &refusal) {
		r.addRefusal(refusal)
	}
	return r
}

// addRefusal adds what a refusal says that its text says too.
func (r *result) addRefusal(refusal *delegation.Refusal) {
	r.rule = int(refusal.Rule)
	if refusal.Link >= 0 {
		r.link = &refusal.Link
	}
	for name, text := range map[string]string{
		"dimension": string(refusal.Dimension), "offered": refusal.Offered, "allowed": refusal.Allowed, "fix": refusal.Fix,
	} {
		if text != "" {
			r.add(name, text)
		}
	}
}

// noCase returns the answer to what is no case.
func noCase(code string, err error) *result { return &result{verdict: failed, code: code, err: err} }

// MarshalJSON writes the answer: what every answer has first, then the rest in the
// order of the names.
func (r *result) MarshalJSON() ([]byte, error) {
	head := struct {
		ID      raw    `json:"id"`
		Kind    string `json:"kind,omitempty"`
		Verdict string `json:"verdict"`
		Code    string `json:"code,omitempty"`
		Rule    int    `json:"rule,omitempty"`
		Link    *int   `json:"link,omitempty"`
		Error   string `json:"error,omitempty"`
	}{ID: r.id, Kind: r.kind, Verdict: r.verdict, Code: r.code, Rule: r.rule, Link: r.link}
	if len(r.id) == 0 {
		head.ID = raw(`""`)
	}
	if r.err != nil {
		head.Error = r.err.Error()
	}
	out, err := marshal(head)
	if err != nil || len(r.more) == 0 {
		return out, err
	}
	more, err := marshal(r.more)
	if err != nil {
		return nil, err
	}
	return append(append(out[:len(out)-1], ','), more[1:]...), nil
}

// marshal writes v as JSON, characters of HTML as they are.
func marshal(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		return nil, err
	}
	return bytes.TrimRight(b.Bytes(), "\n"), nil
}

// safe returns text that others wrote, in a form that no terminal obeys.
func safe(s string) string {
	var b strings.Builder
	for _, c := range s {
		if c >= ' ' && c < 0x7f {
			b.WriteRune(c)
			continue
		}
		quoted := strconv.QuoteRuneToASCII(c)
		b.WriteString(quoted[1 : len(quoted)-1])
	}
	return b.String()
}

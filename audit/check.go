package audit

import (
	"errors"
	"fmt"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/taperid/taper/did"
	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/strictjson"
)

// MaxString is the longest string in an entry, in bytes.
const MaxString = 256

var errText = errors.New("want 1 to 256 bytes of UTF-8 without control, bidirectional and line-separator characters")

// check reports what is wrong with e, beyond the form of its JSON.
func (e *Entry) check() error {
	for _, step := range []func() error{
		e.checkMembers, e.checkWriter, e.checkStrings, e.checkDigests, e.checkCodes,
		e.checkAnchor, e.checkAuthority, e.checkChildren, e.checkDecision,
	} {
		if err := step(); err != nil {
			return fmt.Errorf("%w: %w", ErrEntry, err)
		}
	}
	return nil
}

// checkWriter checks who wrote e, when, and its place in the writer's chain.
func (e *Entry) checkWriter() error {
	switch {
	case e.Agent.Method() != "key":
		return fmt.Errorf("agent %.80q, want a did:key", e.Agent)
	case e.Seq > strictjson.MaxInt:
		return fmt.Errorf("seq %d, want at most 2^53-1", e.Seq)
	case (e.Seq == 0) != (e.Type == TaskOpen):
		return fmt.Errorf("%s with seq %d: task.open, and it alone, has seq 0", e.Type, e.Seq)
	case (e.Seq == 0) != e.Prev.IsZero():
		return fmt.Errorf("seq %d with prev %v: every entry but the first has one", e.Seq, !e.Prev.IsZero())
	}
	return checkTime("time", e.Time)
}

func checkTime(name string, t time.Time) error {
	if t.IsZero() || t.UTC().Year() < 1 || t.UTC().Year() > 9999 || t.Nanosecond() != 0 {
		return fmt.Errorf("%s %v, want one in whole seconds", name, t)
	}
	return nil
}

// checkStrings checks the strings that are there.
func (e *Entry) checkStrings() error {
	if err := checkText("id", e.ID); err != nil {
		return err
	}
	texts := []string{"task", e.Task, "action", e.Action}
	if e.Resource != nil {
		texts = append(texts, "resource.pattern", e.Resource.Pattern)
	}
	if e.Model != nil {
		texts = append(texts, "model.provider", e.Model.Provider, "model.version", e.Model.Version)
		if err := checkText("model.name", e.Model.Name); err != nil {
			return err
		}
	}
	if e.Tool != nil {
		texts = append(texts, "tool.version", e.Tool.Version)
		if err := checkText("tool.name", e.Tool.Name); err != nil {
			return err
		}
	}
	for i := 0; i < len(texts); i += 2 {
		if err := checkText(texts[i], texts[i+1]); texts[i+1] != "" && err != nil {
			return err
		}
	}
	return nil
}

// checkText checks a string that must be there.
func checkText(name, s string) error {
	if s == "" || len(s) > MaxString || !utf8.ValidString(s) || strings.ContainsFunc(s, hostile) {
		return fmt.Errorf("%s %.80q: %w", name, s, errText)
	}
	return nil
}

// hostile reports whether c can make a text read otherwise than it is: control
// characters, line and paragraph separators, and what turns the direction.
func hostile(c rune) bool {
	switch {
	case c < 0x20, c >= 0x7f && c <= 0x9f, c == 0x2028, c == 0x2029:
		return true
	case c == 0x061c, c == 0x200e, c == 0x200f, c >= 0x202a && c <= 0x202e, c >= 0x2066 && c <= 0x2069:
		return true
	}
	return false
}

// checkDigests checks the digests that are there, and those there must be.
func (e *Entry) checkDigests() error {
	digests := []string{
		"cap", e.Cap, "invocation", e.Invocation, "args", e.Args, "input", e.Input,
		"output", e.Output, "receipt", e.Receipt, "runtime", e.Runtime,
	}
	if e.Model != nil {
		digests = append(digests, "model.digest", e.Model.Digest)
	}
	if e.Tool != nil {
		digests = append(digests, "tool.digest", e.Tool.Digest)
	}
	if e.Why != nil {
		digests = append(digests, "why.digest", e.Why.Digest)
	}
	if e.Decision != nil {
		digests = append(digests, "decision.policy", e.Decision.Policy)
	}
	for i := 0; i < len(digests); i += 2 {
		if digests[i+1] == "" {
			continue
		}
		if err := checkDigest(digests[i], digests[i+1]); err != nil {
			return err
		}
	}
	if e.Resource != nil {
		return checkDigest("resource.digest", e.Resource.Digest)
	}
	return nil
}

func checkDigest(name, s string) error {
	if !multikey.IsDigest(s) {
		return fmt.Errorf("%s %.60q is not a digest", name, s)
	}
	return nil
}

// checkCodes checks what comes from a fixed list, and the trace.
func (e *Entry) checkCodes() error {
	if e.Why != nil {
		switch e.Why.Code {
		case WhyInstruction, WhyPlan, WhyObservation, WhyRetry, WhyDelegation, WhySchedule, WhyApproval,
			WhyPolicy, WhySafety, WhyRecovery, WhyCompletion, WhyOther:
		default:
			return fmt.Errorf("why.code %.40q", string(e.Why.Code))
		}
	}
	switch e.Outcome {
	case "", OutcomeOK, OutcomeError, OutcomeDenied, OutcomeTimeout, OutcomeCancelled, OutcomeUnknown:
	default:
		return fmt.Errorf("outcome %.40q", string(e.Outcome))
	}
	if e.Trace != "" && !isTraceparent(e.Trace) {
		return fmt.Errorf("trace %.80q, want a W3C traceparent of version 00", e.Trace)
	}
	return nil
}

// ParseTraceparent reads the header traceparent of a request (W3C Trace Context section
// 3.2) and returns it as [Entry].Trace takes it. Of a later version the parts that
// this one has are read, as the standard asks.
func ParseTraceparent(header string) (string, error) {
	const size = 55
	version, later := "", header
	if len(header) >= size {
		version, later = header[:2], header[size:]
	}
	trace := "00" + strings.TrimPrefix(header[:min(len(header), size)], version)
	known := version == "00" && later == "" || version > "00" && version < "ff" && (later == "" || later[0] == '-')
	if !known || strings.Trim(version, "0123456789abcdef") != "" || !isTraceparent(trace) {
		return "", fmt.Errorf("%w: traceparent %.80q", ErrEntry, header)
	}
	return trace, nil
}

// isTraceparent reports whether s is 00-TRACEID-PARENTID-FLAGS (W3C Trace Context
// section 3.2), with ids that are not all zero.
func isTraceparent(s string) bool {
	if len(s) != 55 || s[:3] != "00-" || s[35] != '-' || s[52] != '-' {
		return false
	}
	for _, part := range []string{s[3:35], s[36:52], s[53:]} {
		if strings.Trim(part, "0123456789abcdef") != "" {
			return false
		}
	}
	return strings.Trim(s[3:35], "0") != "" && strings.Trim(s[36:52], "0") != ""
}

func (e *Entry) checkAnchor() error {
	a := e.Anchor
	switch {
	case a == nil:
		return nil
	case a.Size > strictjson.MaxInt:
		return fmt.Errorf("anchor.size %d, want at most 2^53-1", a.Size)
	case a.Root.IsZero():
		return errors.New("anchor without root")
	}
	if err := checkText("anchor.origin", a.Origin); err != nil {
		return err
	}
	return checkDigest("anchor.checkpoint", a.Checkpoint)
}

// checkAuthority checks the chain and what names it: an agent acts under the
// leaf of its chain, and a delegate entry shows the chain of the sub-agent, whose
// leaf the agent issued.
func (e *Entry) checkAuthority() error {
	if e.Parent != nil {
		if e.Parent.Entry.IsZero() {
			return errors.New("parent without entry")
		}
		if err := checkDID("parent.agent", e.Parent.Agent); err != nil {
			return err
		}
	}
	if e.Chain == nil {
		return nil
	}
	if err := e.Chain.check(); err != nil || len(e.Chain.Links) == 0 {
		if err == nil && e.Role == RoleAgent {
			err = errors.New("chain without links")
		}
		return err
	}
	leaf := e.Chain.Links[len(e.Chain.Links)-1]
	switch {
	case e.Type == TaskOpen && (leaf.Subject != e.Agent || e.Cap != leaf.Digest):
		return errors.New("chain is not the agent's, or its leaf not cap")
	case e.Type == Delegate && leaf.Issuer != e.Agent:
		return errors.New("chain has a leaf that the agent did not issue")
	}
	return nil
}

func (c *Chain) check() error {
	if err := checkDigest("chain.digest", c.Digest); err != nil {
		return err
	}
	if len(c.Links) > maxLinks {
		return fmt.Errorf("chain of %d links, want at most %d", len(c.Links), maxLinks)
	}
	for i, l := range c.Links {
		if err := errors.Join(
			checkText("id", l.ID), checkDigest("digest", l.Digest),
			checkDID("issuer", l.Issuer), checkDID("subject", l.Subject),
		); err != nil {
			return fmt.Errorf("chain.links[%d]: %w", i, err)
		}
	}
	if n := len(c.Links); n > 0 && c.Links[n-1].Digest != c.Digest {
		return errors.New("chain.digest is not that of its leaf")
	}
	return nil
}

func checkDID(name string, d did.DID) error { return checkText(name, d.String()) }

func (e *Entry) checkChildren() error {
	if len(e.Children) > maxChildren {
		return fmt.Errorf("%d children, want at most %d", len(e.Children), maxChildren)
	}
	for i, c := range e.Children {
		if c.Last.IsZero() || c.Agent.Method() != "key" {
			return fmt.Errorf("children[%d]: want a did:key and a leaf hash", i)
		}
	}
	return nil
}

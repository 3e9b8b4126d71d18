package vc

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/taperid/taper/internal/strictjson"
)

// object writes a JSON object member by member, in the order given.
type object struct {
	buf []byte
	err error
}

func (o *object) name(name string) {
	sep := byte(',')
	if len(o.buf) == 0 {
		sep = '{'
	}
	o.buf = append(strictjson.AppendString(append(o.buf, sep), name), ':')
}

// text adds a string.
func (o *object) text(name, value string) {
	if !utf8.ValidString(value) { // it would be repaired
		o.err = fmt.Errorf("%w: %s is not UTF-8", ErrModel, name)
	}
	o.name(name)
	o.buf = strictjson.AppendString(o.buf, value)
}

// texts adds an array of strings.
func (o *object) texts(name string, values []string) {
	all := make([]json.RawMessage, len(values))
	for i, v := range values {
		all[i] = strictjson.AppendString(nil, v)
	}
	o.array(name, all)
}

// raw adds JSON that came from the caller, which must stay in its place. The
// reader of the whole finds out whether it is JSON.
func (o *object) raw(name string, value json.RawMessage) {
	if !strictjson.Closed(value) {
		o.err = fmt.Errorf("%w: %.80q is not one JSON value", ErrModel, name)
	}
	o.name(name)
	o.buf = append(o.buf, value...)
}

// array adds an array of such values.
func (o *object) array(name string, values []json.RawMessage) {
	o.name(name)
	o.buf = append(o.buf, '[')
	for i, v := range values {
		if !strictjson.Closed(v) {
			o.err = fmt.Errorf("%w: element %d of %.80q is not one JSON value", ErrModel, i, name)
		}
		if i > 0 {
			o.buf = append(o.buf, ',')
		}
		o.buf = append(o.buf, v...)
	}
	o.buf = append(o.buf, ']')
}

// seconds adds a NumericDate, unless it is zero.
func (o *object) seconds(name string, t time.Time) {
	if !t.IsZero() {
		o.name(name)
		o.buf = strconv.AppendInt(o.buf, t.Unix(), 10)
	}
}

func (o *object) bytes() ([]byte, error) {
	if o.err != nil {
		return nil, o.err
	}
	return append(o.buf, '}'), nil
}

// marshal writes the credential. What it writes is not checked: Sign does that by
// reading it back.
func (c *Credential) marshal() ([]byte, error) {
	size := 1024
	for i := range c.Subject {
		size += len(c.Subject[i].Claims)
	}
	o := object{buf: make([]byte, 0, size)}
	o.array("@context", contextJSON(c.Context))
	if c.ID != "" {
		o.text("id", c.ID)
	}
	types := c.Type
	if !c.HasType("VerifiableCredential") {
		types = append([]string{"VerifiableCredential"}, types...)
	}
	o.texts("type", types)
	if c.from.raw != nil {
		o.raw("issuer", c.from.raw)
	} else {
		o.text("issuer", c.issuerID())
	}
	from, until := "validFrom", "validUntil"
	if c.IsV1() {
		from, until = "issuanceDate", "expirationDate"
	}
	if !c.ValidFrom.IsZero() {
		o.text(from, formatTime(c.ValidFrom))
	}
	if !c.ValidUntil.IsZero() {
		o.text(until, formatTime(c.ValidUntil))
	}
	if err := c.marshalSubjects(&o); err != nil {
		return nil, err
	}
	if len(c.Status) > 0 {
		o.raw("credentialStatus", statusJSON(c.Status))
	}
	for _, name := range slices.Sorted(maps.Keys(c.More)) {
		if _, ok := credentialMembers[fold(name)]; ok && isTyped(name) {
			return nil, fmt.Errorf("%w: More has %q, which has a field of its own", ErrModel, name)
		}
		o.raw(name, c.More[name])
	}
	return o.bytes()
}

// isTyped reports whether a member has a field in Credential.
func isTyped(name string) bool {
	switch name {
	case "@context", "id", "type", "issuer", "validFrom", "validUntil", "issuanceDate", "expirationDate",
		"credentialSubject", "credentialStatus":
		return true
	}
	return false
}

// contextJSON writes an @context; an element that starts with a brace is an
// inline context.
func contextJSON(context []string) []json.RawMessage {
	if len(context) == 0 {
		context = []string{ContextV2}
	}
	out := make([]json.RawMessage, len(context))
	for i, c := range context {
		if c != "" && c[0] == '{' {
			out[i] = json.RawMessage(c)
			continue
		}
		out[i] = strictjson.AppendString(nil, c)
	}
	return out
}

// marshalSubjects writes one subject as an object and several as an array.
func (c *Credential) marshalSubjects(o *object) error {
	all := make([]json.RawMessage, len(c.Subject))
	for i, s := range c.Subject {
		var err error
		if all[i], err = s.marshal(); err != nil {
			return err
		}
	}
	if len(all) == 1 {
		o.raw("credentialSubject", all[0])
	} else {
		o.array("credentialSubject", all)
	}
	return nil
}

// marshal puts an id beside claims without one first. Whether the claims are JSON
// is found out later.
func (s Subject) marshal() (json.RawMessage, error) {
	claims := s.Claims
	if len(claims) == 0 {
		claims = json.RawMessage("{}")
	}
	if claims[0] != '{' {
		return nil, fmt.Errorf("%w: claims are not a JSON object", ErrModel)
	}
	if s.ID == "" {
		return claims, nil
	}
	if bytes.Contains(claims, []byte(`"id"`)) { // there, or deeper
		had, err := idOf(claims, "credentialSubject")
		switch {
		case err != nil:
			return nil, jsonError(err)
		case s.ID == had:
			return claims, nil
		case had != "":
			return nil, fmt.Errorf("%w: subject id %.80q, its claims say %.80q", ErrModel, s.ID, had)
		}
	}
	out := strictjson.AppendString(json.RawMessage(`{"id":`), s.ID)
	if !isEmptyObject(claims) {
		out = append(out, ',')
	}
	return append(out, claims[1:]...), nil
}

func statusJSON(entries []StatusEntry) json.RawMessage {
	type message struct {
		Status  string `json:"status"`
		Message string `json:"message"`
	}
	type entry struct {
		ID         string    `json:"id,omitempty"`
		Type       string    `json:"type"`
		Purpose    string    `json:"statusPurpose"`
		Index      string    `json:"statusListIndex"`
		List       string    `json:"statusListCredential"`
		Size       int       `json:"statusSize,omitempty"`
		Messages   []message `json:"statusMessage,omitempty"`
		References []string  `json:"statusReference,omitempty"`
	}
	var all []entry
	for _, e := range entries {
		out := entry{e.ID, e.Type, e.Purpose, e.Index, e.List, e.Size, nil, e.References}
		for value, m := range e.Messages {
			out.Messages = append(out.Messages, message{fmt.Sprintf("%#x", value), m})
		}
		all = append(all, out)
	}
	var out json.RawMessage
	if len(all) == 1 {
		out, _ = json.Marshal(all[0])
		return out
	}
	out, _ = json.Marshal(all)
	return out
}

// Package attest says what an agent is, the model, code, prompt and tools of an
// [Manifest], and has the attestors that a [delegation.Verifier] asks where a link
// requires that the agent proves it: [Statements] of an attester and attestation
// results of hardware, [Results].
//
// What a manifest is worth is what the one who vouches for it is worth. A manifest
// that the agent reports of itself is worth nothing against the agent: a program
// that was replaced reports the digest of the one it replaced. So nothing here
// takes an agent's word, and none of the attestors passes without a signature by
// somebody else whom the verifier's configuration names. Between the two lies an
// attester that starts agents itself (an orchestrator, an admission controller):
// its statement is as good as its knowledge of what it started. Only a measurement
// by hardware, appraised against reference values, holds against the owner of the
// machine too.
//
// The package does no I/O. Package attest/self reads this program's own build and
// bytes.
package attest

import (
	"encoding/json"
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/taperid/taper/internal/multikey"
	"github.com/taperid/taper/internal/strictjson"
)

// Manifest describes an agent: what it thinks with, what it runs, what it was told
// and what it can do. What is empty is not stated; a manifest states something.
// Two agents are of one manifest when its canonical JSON (RFC 8785) is the same.
type Manifest struct {
	Model  Model
	Code   Code
	Prompt string            // digest of the system prompt
	Tools  map[string]string // by name, the digest of the tool's definition
}

// Model is what an agent thinks with.
type Model struct {
	Provider string `json:"provider,omitempty"`
	Name     string `json:"name,omitempty"`
	Version  string `json:"version,omitempty"`
	Digest   string `json:"digest,omitempty"` // of the weights, where they are at hand
}

// Code is what an agent runs.
type Code struct {
	Module     string `json:"module,omitempty"`
	Version    string `json:"version,omitempty"`
	Revision   string `json:"revision,omitempty"`   // of the source
	Executable string `json:"executable,omitempty"` // digest of its bytes
}

// ErrManifest is returned for what is no manifest.
var ErrManifest = errors.New("attest: malformed agent manifest")

// The bounds of a manifest.
const (
	maxManifest = 64 << 10
	maxTools    = 1024
	maxText     = 1024
)

// Digest returns the digest that names data everywhere here: the multibase text of
// its SHA-256 multihash.
func Digest(data []byte) string { return multikey.Digest(data) }

// Digest names the manifest: it is what authorities, links and evidence state.
func (m Manifest) Digest() (string, error) {
	data, err := m.MarshalJSON()
	if err != nil {
		return "", err
	}
	return Digest(data), nil
}

type manifestJSON struct {
	Model  *Model            `json:"model,omitempty"`
	Code   *Code             `json:"code,omitempty"`
	Prompt string            `json:"prompt,omitempty"`
	Tools  map[string]string `json:"tools,omitempty"`
}

// MarshalJSON returns the canonical form, which is digested.
func (m Manifest) MarshalJSON() ([]byte, error) {
	if err := m.check(); err != nil {
		return nil, err
	}
	out := manifestJSON{Prompt: m.Prompt, Tools: m.Tools}
	if m.Model != (Model{}) {
		out.Model = &m.Model
	}
	if m.Code != (Code{}) {
		out.Code = &m.Code
	}
	data, err := json.Marshal(out)
	if err != nil {
		return nil, err
	}
	return strictjson.Canonical(data, maxManifest)
}

// check refuses what does not describe, or what two readers could read in two ways.
func (m *Manifest) check() error {
	for _, text := range []string{
		m.Model.Provider, m.Model.Name, m.Model.Version, m.Code.Module, m.Code.Version, m.Code.Revision,
	} {
		if len(text) > maxText || !utf8.ValidString(text) {
			return fmt.Errorf("%w: %.40q is not UTF-8 of at most %d bytes", ErrManifest, text, maxText)
		}
	}
	for name, digest := range map[string]string{"model": m.Model.Digest, "executable": m.Code.Executable, "prompt": m.Prompt} {
		if digest != "" && !multikey.IsDigest(digest) {
			return fmt.Errorf("%w: %s %.60q is not a SHA-256 digest", ErrManifest, name, digest)
		}
	}
	for name, digest := range m.Tools {
		if name == "" || len(name) > maxText || !utf8.ValidString(name) || !multikey.IsDigest(digest) {
			return fmt.Errorf("%w: tool %.40q with digest %.60q", ErrManifest, name, digest)
		}
	}
	switch {
	case len(m.Tools) > maxTools:
		return fmt.Errorf("%w: %d tools, at most %d", ErrManifest, len(m.Tools), maxTools)
	case m.Model == (Model{}) && m.Code == (Code{}) && m.Prompt == "" && len(m.Tools) == 0:
		return fmt.Errorf("%w: it states nothing", ErrManifest)
	}
	return nil
}

// ParseManifest reads a manifest from strict JSON of at most 64 KiB, whatever its
// white space and order. A member that is unknown, empty or null is an error.
func ParseManifest(data []byte) (Manifest, error) {
	var m Manifest
	err := strictjson.Read(data, maxManifest, func(r *strictjson.Reader) error {
		return r.Object(func(name string) (err error) {
			switch name {
			case "model":
				err = readTexts(r, map[string]*string{
					"provider": &m.Model.Provider, "name": &m.Model.Name, "version": &m.Model.Version, "digest": &m.Model.Digest,
				})
			case "code":
				err = readTexts(r, map[string]*string{
					"module": &m.Code.Module, "version": &m.Code.Version, "revision": &m.Code.Revision, "executable": &m.Code.Executable,
				})
			case "prompt":
				m.Prompt, err = readText(r)
			case "tools":
				m.Tools, err = readTools(r)
			default:
				err = fmt.Errorf("%w: unknown member", ErrManifest)
			}
			return named(name, err)
		})
	})
	if err == nil {
		err = m.check()
	}
	if err != nil {
		return Manifest{}, fmt.Errorf("attest: manifest: %w", err)
	}
	return m, nil
}

// readTexts reads an object of these members, all strings, at least one.
func readTexts(r *strictjson.Reader, members map[string]*string) error {
	n := 0
	err := r.Object(func(name string) (err error) {
		n++
		target, ok := members[name]
		if !ok {
			return fmt.Errorf("%w: unknown member %.40q", ErrManifest, name)
		}
		*target, err = readText(r)
		return named(name, err)
	})
	if err == nil && n == 0 {
		err = fmt.Errorf("%w: an empty object", ErrManifest)
	}
	return err
}

func readTools(r *strictjson.Reader) (map[string]string, error) {
	tools := map[string]string{}
	err := r.Object(func(name string) (err error) {
		tools[name], err = readText(r)
		return named(name, err)
	})
	if err == nil && len(tools) == 0 {
		err = fmt.Errorf("%w: an empty object", ErrManifest)
	}
	return tools, err
}

func readText(r *strictjson.Reader) (string, error) {
	s, err := r.String()
	if err == nil && s == "" {
		err = fmt.Errorf("%w: an empty string", ErrManifest)
	}
	return s, err
}

func named(name string, err error) error {
	if err == nil {
		return nil
	}
	return fmt.Errorf("%.40q: %w", name, err)
}

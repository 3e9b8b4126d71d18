// Command interop has other people's libraries verify what Taper issues, and Taper
// what they issue: see run, which drives it, and docs/interop.md, which keeps what
// it prints.
//
//	interop issue  DIR   writes DIR/ours.json: credentials and altered copies
//	interop verify DIR   reads DIR/theirs.json, writes DIR/ours-of-theirs.json
//	interop matrix DIR   prints the tables, and fails where Taper is wrong
package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
)

// example is a document made by somebody, and what should become of it.
type example struct {
	Maker     string          `json:"maker"`
	Name      string          `json:"name"` // unique for its maker
	Kind      string          `json:"kind"` // credential, presentation, status
	Format    string          `json:"format"`
	Key       string          `json:"key"`
	Altered   string          `json:"altered"` // what was done to it; empty: it is good
	Body      string          `json:"body"`
	Issuer    string          `json:"issuer"`
	JWK       json.RawMessage `json:"jwk,omitempty"` // of the signer, where there is one
	Challenge string          `json:"challenge,omitempty"`
	Domain    string          `json:"domain,omitempty"`

	Lists map[string]json.RawMessage `json:"lists,omitempty"` // status lists by URL
}

// verdict is what a library says of an example.
type verdict struct {
	By       string `json:"by"`
	Maker    string `json:"maker"`
	Name     string `json:"name"`
	Accepted bool   `json:"accepted"`
	Why      string `json:"why,omitempty"`
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "interop:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	if len(args) != 2 {
		return errors.New("want issue, verify or matrix, and a folder")
	}
	dir := args[1]
	switch args[0] {
	case "issue":
		examples, err := issue()
		if err != nil {
			return err
		}
		return write(dir, "ours.json", examples)
	case "verify":
		var theirs []example
		if err := read(dir, "theirs.json", &theirs); err != nil {
			return err
		}
		return write(dir, "ours-of-theirs.json", verifyAll(theirs))
	case "matrix":
		return matrix(dir)
	}
	return fmt.Errorf("unknown command %q", args[0])
}

func read(dir, name string, into any) error {
	data, err := os.ReadFile(filepath.Join(dir, name))
	if err != nil {
		return err
	}
	return json.Unmarshal(data, into)
}

func write(dir, name string, value any) error {
	data, err := json.MarshalIndent(value, "", " ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(dir, name), data, 0o600)
}

package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/taperid/taper/delegation"
	"github.com/taperid/taper/revocation"
)

// recognised is a file made into a case.
type recognised struct {
	what    string // in words
	judge   func(*fields) *result
	members []member
}

// recognise tells from the content of a file what it is.
func (o *options) recognise(data []byte) (*recognised, error) {
	trimmed := bytes.TrimSpace(data)
	switch {
	case len(trimmed) == 0:
		return nil, fmt.Errorf("nothing in it")
	case bytes.HasPrefix(trimmed, []byte("did:")):
		return o.question("DID", "did", member{"did", quoted(trimmed)})
	case bytes.HasPrefix(data, []byte("c2sp.org/tlog-proof@")):
		return o.question("inclusion proof", "inclusion", member{"proof", quoted(data)})
	case bytes.Contains(data, []byte("\n\n\u2014 ")):
		return o.question("checkpoint of a log", "checkpoint", member{"checkpoint", quoted(data)})
	case trimmed[0] == '[':
		return o.question("chain", "chain", member{"chain", trimmed})
	case trimmed[0] == '{':
		return o.recogniseObject(trimmed)
	case isSelective(trimmed) && trimmed[len(trimmed)-1] != '~':
		return o.question("SD-JWT with a proof by its holder", "presentation", member{"presentation", quoted(trimmed)})
	case isSelective(trimmed):
		return o.question("SD-JWT", "credential", member{"credential", quoted(trimmed)})
	case isPackedChain(trimmed):
		return o.question("packed chain", "chain", member{"chain", quoted(trimmed)})
	case bytes.Count(trimmed, []byte(".")) >= 2:
		return o.recogniseToken(trimmed)
	}
	return nil, fmt.Errorf("it begins with %.40q and is nothing that is known here", trimmed)
}

// isPackedChain reports whether a text is a chain in its packed form.
func isPackedChain(text []byte) bool {
	_, err := delegation.ParseChain(text)
	return text[0] == 'A' && err == nil
}

func (o *options) recogniseToken(token []byte) (*recognised, error) {
	s := readSays(token)
	switch {
	case s.typ == "agent-audit+jwt":
		return o.question("audit entry", "entry", member{"entry", quoted(token)})
	case s.typ == "agent-invocation+jwt":
		return &recognised{"invocation", judgeInvocation, []member{{"invocation", quoted(token)}}}, nil
	case s.typ == "agent-approval+jwt":
		return &recognised{"approval", judgeApproval, []member{{"approval", quoted(token)}}}, nil
	case s.typ == "vp+jwt" || s.claim == "vp":
		return o.question("presentation", "presentation", member{"presentation", quoted(token)})
	case slices.Contains(s.types, taskCredential):
		return o.chainOfOne(quoted(token))
	}
	return o.question("credential", "credential", member{"credential", quoted(token)})
}

// taskCredential is the type of the links of chains.
const taskCredential = "AgentTaskCredential"

func (o *options) chainOfOne(link raw) (*recognised, error) {
	return o.question("task credential, as a chain of one", "chain", member{"chain", slices.Concat(raw("["), link, raw("]"))})
}

func (o *options) recogniseObject(data []byte) (*recognised, error) {
	members, err := splitObject(data)
	has := func(name string) bool { return memberOf(members, name) != nil }
	types := stringsOf(memberOf(members, "type"))
	kind := stringOf(members, "kind")
	switch {
	case judges[kind] != nil:
		return o.question("case of kind "+kind, kind, members...)
	case has("chain"):
		return o.question("case of kind chain", "chain", members...)
	case has("grants"):
		return o.question("authority", "authority", member{"authority", data})
	case slices.Contains(types, taskCredential):
		return o.chainOfOne(data)
	case slices.ContainsFunc(types, func(t string) bool { return strings.HasSuffix(t, "VerifiablePresentation") }):
		return o.question("presentation", "presentation", member{"presentation", data})
	case slices.ContainsFunc(types, func(t string) bool { return strings.HasSuffix(t, "VerifiableCredential") }):
		return o.question("credential", "credential", member{"credential", data})
	case err != nil:
		return nil, err
	case strings.HasPrefix(stringOf(members, "id"), "did:"):
		return &recognised{"DID document", judgeDocument, []member{{"document", data}}}, nil
	case len(members) > 0 && strings.HasPrefix(members[0].name, "https://"):
		return &recognised{"bundle of status lists", o.judgeBundle, []member{{"bundle", data}}}, nil
	}
	return nil, fmt.Errorf("an object with %s, which is nothing that is known here", nameList(members))
}

func nameList(members []member) string {
	var names []string
	for _, m := range members[:min(len(members), 6)] {
		names = append(names, safe(m.name))
	}
	return strings.Join(names, ", ")
}

// filled are the members that flags state where the file does not.
var filled = map[string][]string{
	"credential":   {"at", "issuers", "lists", "contexts"},
	"presentation": {"at", "issuers", "lists", "contexts", "challenge", "domain"},
	"chain":        {"at", "roots", "lists", "audience"},
	"statuslist":   {"at"},
	"checkpoint":   {"vkey"},
	"consistency":  {"vkey"},
	"inclusion":    {"vkey", "leaf"},
}

// question makes a case of what a file holds and the flags say.
func (o *options) question(what, kind string, members ...member) (*recognised, error) {
	for _, name := range filled[kind] {
		if value := o.stated[name]; value != nil && memberOf(members, name) == nil {
			members = append(members, member{name, value})
		}
	}
	return &recognised{what, judges[kind], members}, nil
}

// readFlags reads what the flags state, as members of a case. Chains need roots, and
// without any nobody is trusted.
func (o *options) readFlags() error {
	at := o.at
	if at == "" {
		at = o.now().UTC().Format(time.RFC3339Nano)
	}
	out := map[string]raw{"at": quoted([]byte(at)), "roots": raw("[]")}
	if len(o.roots) > 0 {
		out["roots"] = encoded(o.roots)
		out["issuers"] = out["roots"]
	}
	if len(o.signers) > 0 {
		trusted := make(map[string]map[string]list)
		for _, root := range o.roots {
			trusted[root] = map[string]list{"listSigners": o.signers}
		}
		out["roots"] = encoded(trusted)
	}
	for name, s := range map[string]string{"audience": o.audience, "challenge": o.challenge, "domain": o.domain, "vkey": o.vkey} {
		if s != "" {
			out[name] = quoted([]byte(s))
		}
	}
	o.stated = out
	for _, read := range []func(map[string]raw) error{o.readLists, o.readContexts, o.readLeaf} {
		if err := read(out); err != nil {
			return err
		}
	}
	return nil
}

func encoded(v any) raw {
	out, _ := marshal(v)
	return out
}

// quoted writes bytes as a JSON string. Bytes that are no UTF-8 stay what they are,
// so that the string has no content and is refused.
func quoted(data []byte) raw {
	var b bytes.Buffer
	b.WriteByte('"')
	for _, c := range data {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteByte(c)
		case c < ' ':
			fmt.Fprintf(&b, `\u%04x`, c)
		default:
			b.WriteByte(c)
		}
	}
	b.WriteByte('"')
	return b.Bytes()
}

// readLists reads the status list credentials of -lists.
func (o *options) readLists(out map[string]raw) error {
	if o.lists == "" {
		return nil
	}
	paths := []string{o.lists}
	if info, err := os.Stat(o.lists); err == nil && info.IsDir() {
		if paths, err = filesIn(o.lists); err != nil {
			return err
		}
	}
	found := make(map[string]json.RawMessage)
	for _, path := range paths {
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		some, err := readBundle(bytes.TrimSpace(data))
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		maps.Copy(found, some)
	}
	out["lists"] = encoded(found)
	return nil
}

// filesIn returns the files in a folder, without those whose name begins with a dot.
func filesIn(folder string) (paths []string, err error) {
	entries, err := os.ReadDir(folder)
	for _, e := range entries {
		if !e.IsDir() && !strings.HasPrefix(e.Name(), ".") {
			paths = append(paths, filepath.Join(folder, e.Name()))
		}
	}
	return paths, err
}

// readBundle reads one list, whose id is its URL, or a bundle of them.
func readBundle(data []byte) (map[string]json.RawMessage, error) {
	s := readSays(data)
	if s.id != "" && len(data) > 0 {
		if data[0] != '{' {
			data = quoted(data)
		}
		return map[string]json.RawMessage{s.id: data}, nil
	}
	bundle, err := revocation.ReadBundle(bytes.NewReader(data))
	if err != nil {
		return nil, err
	}
	out := make(map[string]json.RawMessage)
	for url, list := range bundle.All() {
		if list = slices.Clone(list); len(list) == 0 || list[0] != '{' {
			list = quoted(list)
		}
		out[url] = list
	}
	return out, nil
}

// readContexts reads the JSON-LD contexts of -context.
func (o *options) readContexts(out map[string]raw) error {
	if len(o.contexts) == 0 {
		return nil
	}
	found := make(map[string]json.RawMessage)
	for _, c := range o.contexts {
		url, path, ok := strings.Cut(c, "=")
		if !ok {
			return fmt.Errorf("%w: -context %.80q, want URL=FILE", errUse, c)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if !json.Valid(data) {
			return fmt.Errorf("%s is not JSON", path)
		}
		found[url] = data
	}
	out["contexts"] = encoded(found)
	return nil
}

// readLeaf reads the leaf of -leaf, byte for byte.
func (o *options) readLeaf(out map[string]raw) error {
	if o.leaf == "" {
		return nil
	}
	data, err := os.ReadFile(o.leaf)
	if err == nil {
		out["leaf"] = encoded(data) // in base64
	}
	return err
}

package main

import (
	"bytes"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"html"
	"io"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/taperid/taper/audit"
	"github.com/taperid/taper/did"
)

// hostile are strings that an entry may have, and that a careless page would run,
// load, follow or break at.
var hostile = []string{
	`<script>document.title='owned'</script>`,
	`"><img src=x onerror=alert(1)>`,
	`' onmouseover='alert(1)`,
	`</script><script>alert(1)</script>`,
	`</title></style><svg onload=alert(1)>`,
	`javascript:alert(1)`,
	`https://evil.example/?q={{.DID}}`,
	`<!--`, `]]>`, `&lt;b&gt;&#x3c;`, "${alert(1)}`", `\u003cscript\u003e`,
	`рayments/send`, // the first letter is Cyrillic
}

// told is a log in which an agent uses this text wherever the log takes one.
func told(tb testing.TB, text string) (*source, *audit.Report) {
	tb.Helper()
	src, report, err := tryTold(tb, text)
	require.NoError(tb, err)
	return src, report
}

// tryTold is told for a text that the log may not take.
func tryTold(tb testing.TB, text string) (*source, *audit.Report, error) {
	tb.Helper()
	ctx := context.Background()
	skey, _, err := audit.NewLogKey(demoOrigin)
	require.NoError(tb, err)
	log, err := audit.NewLog(demoOrigin, skey)
	require.NoError(tb, err)
	d := &demo{log: log, now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), people: make(map[string]*person)}
	d.write(ctx, "gateway", audit.Entry{Type: audit.TaskOpen})
	c := d.link(nil, "dana", "conductor")
	c.Links[0].ID = "urn:demo:conductor"
	d.who("conductor").chain = c
	maker := audit.Entry{
		Model: &audit.Model{Provider: text, Name: text, Version: text, Digest: d.digest(audit.DomainInput, "model")},
		Tool:  &audit.Tool{Name: text, Version: text},
	}
	open := maker
	open.Type, open.Task, open.Cap, open.Chain = audit.TaskOpen, text, c.Digest, c
	d.write(ctx, "conductor", open)
	e, intent := d.ask(ctx, text, "conductor", text, text)
	e.Resource.Pattern = text
	d.decide(ctx, text, "conductor", e, audit.Decision{Effect: audit.Permit, Mode: "normal"})
	d.write(ctx, "conductor", audit.Entry{Type: audit.ActionResult, Task: text, Intent: intent, Invocation: e.Invocation, Outcome: audit.OutcomeOK})
	d.refuse(ctx, text, "conductor", text, text, audit.Decision{Rule: 15, Link: new(0), Dimension: "actions", Mode: "normal"}, audit.OutcomeOK)
	d.fork(ctx, "conductor")
	d.unsaid(ctx, "conductor", text, text)
	_, err = log.Publish(ctx)
	if err = errors.Join(d.err, err); err != nil {
		return nil, nil, err
	}
	src := &source{where: text, log: log, policy: log.Policy(), names: map[did.DID]string{d.who("conductor").signer.DID(): text}}
	report, err := audit.Audit(ctx, src.log, src.policy, nil)
	return src, report, err
}

func rendered(tb testing.TB, src *source, report *audit.Report, most int) string {
	tb.Helper()
	var out bytes.Buffer
	require.NoError(tb, newPage(src, report, most).render(&out))
	return out.String()
}

// raw is where a page's own style and script stand.
var raw = regexp.MustCompile(`(?s)<(style|script)>(.*?)</(style|script)>`)

// element is an element of a page with its attributes.
type element struct {
	name  string
	attrs map[string]string
}

// elements parses a page by other rules than the ones it was written by.
func elements(tb testing.TB, page string) (out []element) {
	tb.Helper()
	d := xml.NewDecoder(strings.NewReader(raw.ReplaceAllString(page, "<$1></$1>")))
	d.Strict, d.AutoClose, d.Entity = false, xml.HTMLAutoClose, xml.HTMLEntity
	for {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			return out
		}
		require.NoError(tb, err)
		if start, ok := token.(xml.StartElement); ok {
			e := element{start.Name.Local, make(map[string]string)}
			for _, a := range start.Attr {
				e.attrs[a.Name.Local] = a.Value
			}
			out = append(out, e)
		}
	}
}

// shape is the page without its texts and values.
func shape(all []element) (out []string) {
	for _, e := range all {
		var names []string
		for n := range e.attrs {
			names = append(names, n)
		}
		slices.Sort(names)
		out = append(out, fmt.Sprint(e.name, names))
	}
	return out
}

func TestHostileTextStaysText(t *testing.T) {
	src, report := told(t, "harmless")
	want := shape(elements(t, rendered(t, src, report, 100)))
	for _, text := range hostile {
		t.Run(text, func(t *testing.T) {
			src, report := told(t, text)
			page := rendered(t, src, report, 100)
			all := elements(t, page)
			require.Equal(t, want, shape(all), "the text made markup")
			checkInert(t, all)
			require.Contains(t, html.UnescapeString(page), shown(text), "and it is there to be read")
		})
	}
}

// Pieces of markup, of scripts and of templates, put together at random.
func TestRandomTextStaysText(t *testing.T) {
	pieces := []string{
		"<", ">", "</", "/>", `"`, "'", "`", "&", ";", "=", "--", "<!", "]]>", "&#60;", "&lt", "\\u003c", "{{", "}}", "${", "(", ")", "\\", "/*", "//",
		" ", "script", "style", "title", "svg", "img", "src", "href", "onerror", "javascript:", "http://x", "data:", "1", "a", "é", "\u00a0", "%3C", "+",
	}
	src, report := told(t, "harmless")
	want := shape(elements(t, rendered(t, src, report, 100)))
	random := rand.New(rand.NewPCG(1, 2))
	tried := 0
	for range 150 {
		text := ""
		for range 1 + random.IntN(12) {
			text += pieces[random.IntN(len(pieces))]
		}
		src, report, err := tryTold(t, text)
		if err != nil || strings.TrimSpace(text) == "" {
			continue // the log does not take it, or the page leaves it out
		}
		tried++
		all := elements(t, rendered(t, src, report, 100))
		require.Equal(t, want, shape(all), text)
		checkInert(t, all)
	}
	require.Greater(t, tried, 100)
}

// checkInert checks that nothing on a page leads or reaches outside of it.
func checkInert(tb testing.TB, all []element) {
	tb.Helper()
	inside := regexp.MustCompile(`^#[a-z]+[0-9]*$`)
	for _, e := range all {
		require.NotContains(tb, []string{"img", "iframe", "object", "embed", "link", "base", "video", "audio", "use", "image", "foreignObject"}, e.name)
		for name, value := range e.attrs {
			require.False(tb, strings.HasPrefix(name, "on"), "%s %s", e.name, name)
			require.NotContains(tb, []string{"src", "srcset", "style", "action", "formaction", "srcdoc", "ping"}, name, e.name)
			if name == "href" {
				require.Regexp(tb, inside, value)
			}
		}
	}
}

func demoPage(tb testing.TB, most int) string {
	tb.Helper()
	src, err := (&options{}).openDemo(context.Background())
	require.NoError(tb, err)
	report, err := audit.Audit(context.Background(), src.log, src.policy, src.anchor)
	require.NoError(tb, err)
	return rendered(tb, src, report, most)
}

func TestPageIsWhole(t *testing.T) {
	page := demoPage(t, 1000)
	all := elements(t, page)
	checkInert(t, all)
	// Every place that is led to is there, once.
	ids := make(map[string]int)
	for _, e := range all {
		if id := e.attrs["id"]; id != "" {
			ids[id]++
		}
	}
	for _, e := range all {
		if to, ok := e.attrs["href"]; ok {
			require.Equal(t, 1, ids[to[1:]], to)
		}
	}
	require.NotContains(t, pageCSS, "url(")
	require.NotContains(t, pageCSS, "@import")
	for _, word := range []string{"innerHTML", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "fetch(", "import("} {
		require.NotContains(t, pageJS, word)
	}
}

func TestContentSecurityPolicy(t *testing.T) {
	page := demoPage(t, 10)
	found := raw.FindAllStringSubmatch(page, -1)
	require.Len(t, found, 2)
	require.Equal(t, "style", found[0][1])
	require.Equal(t, "script", found[1][1])
	want := "default-src 'none'; style-src " + hashSource(found[0][2]) + "; script-src " + hashSource(found[1][2]) + "; base-uri 'none'; form-action 'none'"
	metas := 0
	for _, e := range elements(t, page) {
		if e.name == "meta" && e.attrs["http-equiv"] != "" {
			require.Equal(t, "Content-Security-Policy", e.attrs["http-equiv"])
			require.Equal(t, want, e.attrs["content"])
			metas++
		}
	}
	require.Equal(t, 1, metas)
	require.Less(t, strings.Index(page, "Content-Security-Policy"), strings.Index(page, "<style>"), "a policy is for what comes after it")
}

func TestCulpritIsOnTop(t *testing.T) {
	page := demoPage(t, 1000)
	top, _, _ := strings.Cut(page, "<nav")
	for _, want := range []string{
		`<h1 id="verdict"><bdi>crm-helper</bdi></h1>`, "was refused payments/send and reports it done all the same",
		"went beyond its authority", "reaches 2 agents", "40 credits", "signed two different statements under one number", "<bdi>dana</bdi>", "<bdi>conductor</bdi>", "<bdi>coder</bdi>",
	} {
		require.Contains(t, top, want)
	}
	require.NotContains(t, top, "tester")
	order := regexp.MustCompile(`(?s)<li class="finding ([a-z]+)" id="f(\d+)"`).FindAllStringSubmatch(page, -1)
	require.Len(t, order, 7)
	require.Equal(t, "critical", order[0][1])
	require.Equal(t, "notable", order[6][1])
}

func TestLogAtFault(t *testing.T) {
	folder, flags := kept(t)
	var bundles []string
	require.NoError(t, filepath.WalkDir(filepath.Join(folder, "log", "tile", "entries"), func(path string, f os.DirEntry, err error) error {
		if !f.IsDir() {
			bundles = append(bundles, path)
		}
		return err
	}))
	require.Len(t, bundles, 1)
	data := []byte(read(t, bundles[0]))
	data[40] ^= 1 // in the first leaf
	require.NoError(t, os.WriteFile(bundles[0], data, 0o600))
	file, save := filepath.Join(t.TempDir(), "page.html"), filepath.Join(t.TempDir(), "saved")
	status, _, problems := call(t, append(flags, "-html", file, "-save", save, filepath.Join(folder, "log"))...)
	require.Equal(t, faulty, status, problems)
	page := read(t, file)
	top, _, _ := strings.Cut(page, "<nav")
	require.Contains(t, top, "The log itself is at fault")
	require.Contains(t, page, "fails: inclusion")
	require.NotContains(t, page, "holds: inclusion")
	require.NoFileExists(t, save, "no anchor comes from a log that contradicts itself")
}

// An agent alone cannot have another one blamed, nor be taken for its parent.
func TestNobodyIsFramed(t *testing.T) {
	ctx := context.Background()
	skey, _, err := audit.NewLogKey(demoOrigin)
	require.NoError(t, err)
	log, err := audit.NewLog(demoOrigin, skey)
	require.NoError(t, err)
	d := &demo{log: log, now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), people: make(map[string]*person)}
	d.write(ctx, "gateway", audit.Entry{Type: audit.TaskOpen})
	d.first(ctx, demoTask, "mallory", "evil")
	d.write(ctx, "evil", audit.Entry{Type: audit.Delegate, Task: demoTask, Chain: d.link(d.who("evil").chain, "evil", "victim")})
	d.write(ctx, "evil", audit.Entry{Type: audit.Delegate, Task: demoTask, Chain: d.link(d.who("evil").chain, "evil", "absent")})
	d.first(ctx, demoTask, "dana", "victim")
	// A verifier that nobody named, too.
	d.write(ctx, "fake-gateway", audit.Entry{Type: audit.TaskOpen})
	e, _ := d.ask(ctx, demoTask, "evil", "payments/send", "x")
	e.Type, e.Task, e.Chain = audit.Decided, demoTask, d.who("victim").chain
	e.Decision = &audit.Decision{Effect: audit.Deny, Rule: 15}
	d.write(ctx, "fake-gateway", e)
	d.close(ctx, "victim", audit.OutcomeOK)
	closing := audit.Entry{Type: audit.TaskClose, Children: []audit.Child{{Agent: d.who("victim").signer.DID(), Last: audit.LeafHash([]byte("none"))}}}
	d.write(ctx, "evil", closing)
	d.close(ctx, "gateway", audit.OutcomeOK)
	_, err = log.Publish(ctx)
	require.NoError(t, errors.Join(d.err, err))
	src := &source{log: log, known: true, names: make(map[did.DID]string), policy: log.Policy().WithVerifiers(d.who("gateway").signer.DID())}
	for _, p := range d.people {
		src.names[p.signer.DID()] = p.name
	}
	report, err := audit.Audit(ctx, src.log, src.policy, nil)
	require.NoError(t, err)
	p := newPage(src, report, 100)
	var suspects []string
	for _, s := range p.Suspects {
		suspects = append(suspects, s.Name)
	}
	require.ElementsMatch(t, []string{"evil", "fake-gateway"}, suspects)
	for _, a := range p.Agents {
		if a.Name == "victim" {
			require.Len(t, a.Path, 2)
			require.Equal(t, "dana", a.Path[0].Name)
			require.Zero(t, a.Refused)
		}
	}
}

func TestEntriesAreBounded(t *testing.T) {
	page := demoPage(t, 20)
	require.Equal(t, 20, strings.Count(page, `<li class="e `))
	require.Contains(t, page, "78 more are not on this page")
	// What proves the fork is among them.
	require.GreaterOrEqual(t, strings.Count(page, `<span class="tag critical">fork</span>`), 2)
}

func TestManyNamesAreBounded(t *testing.T) {
	ctx := context.Background()
	skey, _, err := audit.NewLogKey(demoOrigin)
	require.NoError(t, err)
	log, err := audit.NewLog(demoOrigin, skey)
	require.NoError(t, err)
	d := &demo{log: log, now: time.Date(2026, 11, 23, 9, 0, 0, 0, time.UTC), people: make(map[string]*person)}
	d.write(ctx, "gateway", audit.Entry{Type: audit.TaskOpen})
	d.first(ctx, demoTask, "dana", "conductor")
	for n := range maxRefusals + 10 {
		d.refuse(ctx, demoTask, "conductor", fmt.Sprint("spam/", n), "x", audit.Decision{Rule: 15, Mode: "normal"}, audit.OutcomeDenied)
	}
	for n := range 30 { // under one number, all different
		e := d.who("conductor").last.Entry()
		e.Trace = fmt.Sprintf("00-0af7651916cd43dd8448eb211c80319c-b7ad6b71692033%02x-01", n)
		other, err := audit.Sign(d.who("conductor").signer, e)
		require.NoError(t, err)
		_, err = log.Append(ctx, other)
		require.NoError(t, err)
	}
	for n := range maxTasks + 10 {
		d.first(ctx, fmt.Sprint("task ", n), "dana", fmt.Sprint("worker-", n))
	}
	_, err = log.Publish(ctx)
	require.NoError(t, errors.Join(d.err, err))
	src := &source{log: log, policy: log.Policy()}
	report, err := audit.Audit(ctx, src.log, src.policy, nil)
	require.NoError(t, err)
	p := newPage(src, report, 10)
	require.Len(t, p.Refusals, maxRefusals)
	require.Equal(t, 10, p.RefusalsLeftOut)
	require.Equal(t, maxRefusals+10, p.Culprit().Refused, "all are counted")
	require.LessOrEqual(t, len(p.Culprit().Signs), maxSigns+5)
	require.Equal(t, "signed two different statements under one number", p.Culprit().Signs[0].Text(), "and hide nothing")
	require.Len(t, p.Tasks[0].Nodes[0].Actions, maxNames+1)
	require.Len(t, p.Entries, 10)
	require.Equal(t, 31, p.Findings[0].Leaves)
	require.Len(t, p.Findings[0].Evidence, maxEvidence)
	require.Len(t, p.Tasks, maxTasks)
	require.Equal(t, 11, p.TasksLeftOut)
	require.Len(t, p.Suspects, maxSuspects)
	for _, e := range p.Entries {
		require.LessOrEqual(t, len(e.Faults), maxFaults)
	}
	require.Less(t, len(rendered(t, src, report, 10)), 2<<20)
}

func TestCleanLog(t *testing.T) {
	skey, _, err := audit.NewLogKey(demoOrigin)
	require.NoError(t, err)
	log, err := audit.NewLog(demoOrigin, skey)
	require.NoError(t, err)
	report, err := audit.Audit(context.Background(), log, log.Policy(), nil)
	require.NoError(t, err)
	page := rendered(t, &source{where: "x", log: log, policy: log.Policy()}, report, 10)
	require.Contains(t, page, "No fault was found")
	require.Contains(t, page, "No checkpoint from before was given")
	require.Contains(t, page, "No entries.")
}

package main

import (
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"fmt"
	"html/template"
	"io"
	"time"

	"github.com/taperid/taper/audit"
)

//go:embed page.html
var pageHTML string

//go:embed page.css
var pageCSS string

//go:embed page.js
var pageJS string

// maxAgents is how many of those in the log the page lists, and maxSuspects how many
// suspects it puts before.
const (
	maxAgents   = 2000
	maxSuspects = 24
)

// timeForm is how the page writes times, all in UTC.
const timeForm = "2006-01-02 15:04:05"

// page is all that the page shows. Every text of it but CSS, JS and Policy is
// escaped by html/template where it stands; no attribute that leads anywhere is made
// of a text of the log.
type page struct {
	CSS    template.CSS
	JS     template.JS
	Policy string // the content security policy

	Where, Origin   string
	Size            uint64
	Root            string
	Since           string // empty: no anchor was given
	Known           bool   // the verifiers were named
	Witnesses       []string
	Verifiers       []*agent
	Counts          []count
	Kinds           []count // of findings
	Findings        []*finding
	FindingsLeftOut int
	Suspects        []*agent
	SuspectsLeftOut int
	Tasks           []taskTree
	TasksLeftOut    int
	Refusals        []refusal
	RefusalsLeftOut int
	Lanes           []*agent
	Ticks           []string
	Types           []string
	Agents          []*agent
	AgentsLeftOut   int
	Entries         []*entry
	EntriesLeftOut  int
}

// count is a number with its name, and its class in the style.
type count struct {
	Name, Class string
	N           int
}

// hashSource is a text of the page's own as a source of a content security policy.
func hashSource(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// newPage arranges a report for the page, with at most so many entries.
func newPage(src *source, report *audit.Report, most int) *page {
	b := newBuilder(src, report)
	p := &page{
		CSS: template.CSS(pageCSS), JS: template.JS(pageJS),
		Policy: "default-src 'none'; style-src " + hashSource(pageCSS) + "; script-src " + hashSource(pageJS) +
			"; base-uri 'none'; form-action 'none'",
		Where: shown(src.where), Known: src.known, Origin: shown(report.Head.Origin()),
		Size: report.Head.Size(), Root: report.Head.Root().String(),
	}
	if s := report.Since; s != nil {
		p.Since = fmt.Sprintf("%s, root %s", plural(int(s.Size()), "entry"), s.Root())
	}
	for _, c := range report.Head.Cosignatures() {
		p.Witnesses = append(p.Witnesses, shown(c.Witness)+", "+c.Time.UTC().Format(timeForm))
	}
	for _, d := range report.Verifiers() {
		p.Verifiers = append(p.Verifiers, b.agent(d))
	}
	p.Findings, p.FindingsLeftOut = b.findings()
	p.Kinds = b.kinds()
	p.Tasks, p.TasksLeftOut = b.trees()
	p.Refusals, p.RefusalsLeftOut = b.refusals()
	p.Suspects = b.suspects()
	if len(p.Suspects) > maxSuspects {
		p.Suspects, p.SuspectsLeftOut = p.Suspects[:maxSuspects], len(p.Suspects)-maxSuspects
	}
	p.Entries, p.EntriesLeftOut = b.entries(most)
	p.link()
	p.Lanes, p.Ticks = b.timeline(p.Entries)
	p.Agents, p.Types = b.order, b.types()
	if len(p.Agents) > maxAgents {
		p.Agents, p.AgentsLeftOut = p.Agents[:maxAgents], len(p.Agents)-maxAgents
	}
	p.Counts = []count{
		{"findings", "bad", len(report.Findings)},
		{"refusals", "warn", b.refused},
		{"identities", "", len(b.order)},
		{"tasks", "", len(report.Tasks())},
		{"actions", "", len(b.actions)},
		{"entries", "", len(b.items)},
	}
	return p
}

// Culprit is the agent to look at first; nil where nothing is wrong.
func (p *page) Culprit() *agent {
	if len(p.Suspects) > 0 && (p.Suspects[0].Worst > notable || len(p.Suspects[0].Signs) > 0) {
		return p.Suspects[0]
	}
	return nil
}

// LogAtFault reports whether the log itself contradicts what it signed.
func (p *page) LogAtFault() bool {
	for _, f := range p.Findings {
		if f.Agent == nil && f.Severity == proven {
			return true
		}
	}
	return false
}

// render writes the page.
func (p *page) render(w io.Writer) error {
	t, err := template.New("page").Funcs(template.FuncMap{"plural": plural}).Parse(pageHTML)
	if err != nil {
		return err
	}
	return t.Execute(w, p)
}

// utc writes a time.
func utc(t time.Time) string { return t.UTC().Format(timeForm) }

// link marks what has an entry on the page to lead to.
func (p *page) link() {
	there := make(map[uint64]bool)
	for _, e := range p.Entries {
		there[e.Index] = true
	}
	for _, f := range p.Findings {
		for n := range f.Evidence {
			f.Evidence[n].OnPage = f.Evidence[n].What != "" && there[f.Evidence[n].Index]
		}
	}
	for n := range p.Refusals {
		p.Refusals[n].OnPage = there[p.Refusals[n].Index]
	}
}

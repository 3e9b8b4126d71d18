package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"encoding/json"
	"flag"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

var shots = flag.String("shots", "", "a folder for pictures of the page")

// browser is a Chromium without a window, spoken to over two pipes in its DevTools
// protocol, so that no library and no port is needed.
type browser struct {
	tb       testing.TB
	in       io.Writer
	out      *bufio.Reader
	id       int
	session  string
	dead     bool
	problems []string // errors, messages and blocked loads of the page
	asked    []string // what the page asked for
}

// message is a message of the protocol.
type message struct {
	ID     int             `json:"id,omitzero"`
	Method string          `json:"method,omitzero"`
	Params json.RawMessage `json:"params,omitzero"`
	Result json.RawMessage `json:"result,omitzero"`
	Error  json.RawMessage `json:"error,omitzero"`
	Sess   string          `json:"sessionId,omitzero"`
}

// startBrowser starts a browser; the test is skipped where there is none.
func startBrowser(tb testing.TB) *browser {
	tb.Helper()
	if testing.Short() {
		tb.Skip("starts a browser")
	}
	path, err := exec.LookPath("chromium")
	if err != nil {
		tb.Skip("no chromium here")
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Minute)
	cmd := exec.CommandContext(ctx, path, "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
		"--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-dev-shm-usage", "--window-size=1280,900",
		"--remote-debugging-pipe", "--user-data-dir="+tb.TempDir(), "about:blank")
	hisIn, in, err := os.Pipe()
	require.NoError(tb, err)
	out, hisOut, err := os.Pipe()
	require.NoError(tb, err)
	cmd.ExtraFiles = []*os.File{hisIn, hisOut}
	require.NoError(tb, cmd.Start())
	_ = hisIn.Close()
	_ = hisOut.Close()
	b := &browser{tb: tb, in: in, out: bufio.NewReader(out)}
	tb.Cleanup(func() {
		if b.session = ""; !b.dead {
			b.call("Browser.close", map[string]any{})
		}
		_ = in.Close()
		_ = cmd.Wait()
		_ = out.Close()
		cancel()
	})
	b.id++
	_, err = in.Write([]byte(`{"id":1,"method":"Browser.getVersion"}` + "\x00"))
	if _, readErr := b.out.ReadBytes(0); (err != nil || readErr != nil) && os.Getenv("CI") == "" {
		b.dead = true
		tb.Skip("chromium does not start here")
	}
	var target struct{ TargetID string }
	b.read(b.call("Target.createTarget", map[string]any{"url": "about:blank"}), &target)
	var attached struct{ SessionID string }
	b.read(b.call("Target.attachToTarget", map[string]any{"targetId": target.TargetID, "flatten": true}), &attached)
	b.session = attached.SessionID
	for _, domain := range []string{"Page", "Runtime", "Log", "Network", "Audits"} {
		b.call(domain+".enable", map[string]any{})
	}
	return b
}

func (b *browser) read(data json.RawMessage, into any) {
	b.tb.Helper()
	require.NoError(b.tb, json.Unmarshal(data, into))
}

// call sends a command and returns its result.
func (b *browser) call(method string, params map[string]any) json.RawMessage {
	b.tb.Helper()
	b.id++
	p, err := json.Marshal(params)
	require.NoError(b.tb, err)
	m, err := json.Marshal(message{ID: b.id, Method: method, Params: p, Sess: b.session})
	require.NoError(b.tb, err)
	_, err = b.in.Write(append(m, 0))
	require.NoError(b.tb, err)
	for {
		if m := b.next(); m.ID == b.id {
			require.Empty(b.tb, string(m.Error), method)
			return m.Result
		}
	}
}

// next returns the next message, and keeps what is a problem of the page.
func (b *browser) next() message {
	b.tb.Helper()
	data, err := b.out.ReadBytes(0)
	require.NoError(b.tb, err)
	var m message
	b.read(bytes.TrimRight(data, "\x00"), &m)
	switch m.Method {
	case "Runtime.exceptionThrown", "Runtime.consoleAPICalled", "Log.entryAdded", "Page.javascriptDialogOpening",
		"Audits.issueAdded", "Page.windowOpen":
		b.problems = append(b.problems, m.Method+" "+string(m.Params))
	case "Network.requestWillBeSent":
		var sent struct{ Request struct{ URL string } }
		b.read(m.Params, &sent)
		b.asked = append(b.asked, sent.Request.URL)
	}
	return m
}

// open opens a page and waits until it is there.
func (b *browser) open(page string) {
	b.tb.Helper()
	file := filepath.Join(b.tb.TempDir(), "report.html")
	require.NoError(b.tb, os.WriteFile(file, []byte(page), 0o600))
	b.asked = nil
	b.call("Page.navigate", map[string]any{"url": "file://" + file})
	for b.next().Method != "Page.loadEventFired" {
	}
}

// eval returns what an expression is, as JSON.
func (b *browser) eval(expression string) string {
	b.tb.Helper()
	var out struct {
		Result           struct{ Value json.RawMessage }
		ExceptionDetails json.RawMessage
	}
	b.read(b.call("Runtime.evaluate", map[string]any{"expression": expression, "returnByValue": true, "awaitPromise": true}), &out)
	require.Empty(b.tb, string(out.ExceptionDetails), expression)
	return string(out.Result.Value)
}

// number returns what an expression is, as a number.
func (b *browser) number(expression string) int {
	b.tb.Helper()
	n, err := strconv.Atoi(b.eval(expression))
	require.NoError(b.tb, err, expression)
	return n
}

// press presses a key, as a person does.
func (b *browser) press(key, code, text string) {
	b.tb.Helper()
	down := map[string]any{"type": "keyDown", "key": key, "code": code}
	if text != "" {
		down["text"] = text
	}
	b.call("Input.dispatchKeyEvent", down)
	b.call("Input.dispatchKeyEvent", map[string]any{"type": "keyUp", "key": key, "code": code})
}

// shot takes a picture, if any are wanted.
func (b *browser) shot(name string, width, height int, scheme string) {
	b.tb.Helper()
	if *shots == "" {
		return
	}
	b.call("Emulation.setDeviceMetricsOverride", map[string]any{"width": width, "height": height, "deviceScaleFactor": 1, "mobile": false})
	b.call("Emulation.setEmulatedMedia", map[string]any{"features": []any{map[string]any{"name": "prefers-color-scheme", "value": scheme}}})
	var picture struct{ Data string }
	b.read(b.call("Page.captureScreenshot", map[string]any{"format": "png"}), &picture)
	data, err := base64.StdEncoding.DecodeString(picture.Data)
	require.NoError(b.tb, err)
	require.NoError(b.tb, os.WriteFile(filepath.Join(*shots, name+".png"), data, 0o600))
}

const (
	countRows = `[...document.querySelectorAll('.e')].filter(e => e.checkVisibility()).length`
	countMark = `[...document.querySelectorAll('.m')].filter(m => m.style.display !== 'none').length`
)

func TestBrowser(t *testing.T) {
	b := startBrowser(t)
	b.open(demoPage(t, 1000))
	all := b.number(`document.querySelectorAll('.e').length`)
	require.Equal(t, 98, all)
	require.Equal(t, all, b.number(countRows))
	require.Equal(t, all, b.number(countMark))
	require.Equal(t, `"crm-helper"`, b.eval(`document.querySelector('h1').textContent`))
	require.Equal(t, `true`, b.eval(`document.querySelector('h1').getBoundingClientRect().bottom < 300`), "seen without scrolling")
	require.Equal(t, `true`, b.eval(`getComputedStyle(document.querySelector('.verdict')).borderTopWidth === '2px'`), "the style is let in")
	b.shot("wide-light", 1280, 900, "light")
	b.shot("wide-dark-whole", 1280, 4200, "dark")
	b.shot("narrow-light-whole", 420, 6000, "light")
	b.shot("narrow-dark", 420, 900, "dark")
	for _, id := range []string{"suspects", "tree", "everyone"} {
		b.eval(`document.getElementById('` + id + `').scrollIntoView()`)
		b.shot(id+"-narrow-light", 420, 1300, "light")
		b.shot(id+"-dark", 1280, 1300, "dark")
	}

	t.Run("filters", func(t *testing.T) {
		b.eval(`document.querySelector('.verdict [data-show]').click()`)
		only := b.number(countRows)
		require.Equal(t, only, b.number(`(() => { const n = document.querySelector('.verdict [data-show]').dataset.show;
			return [...document.querySelectorAll('.e')].filter(e => e.dataset.agent === n || e.dataset.about === n).length })()`))
		require.Greater(t, only, 20)
		require.Equal(t, strconv.Quote(strconv.Itoa(only)+" entries of 98"), b.eval(`document.getElementById('shown').textContent`))
		b.shot("only-light", 1280, 1100, "light")

		set := func(id, value string) int {
			b.eval(`(() => { const e = document.getElementById('` + id + `'); e.value = ` + strconv.Quote(value) + `; e.dispatchEvent(new Event('input', {bubbles: true})) })()`)
			return b.number(countRows)
		}
		require.Equal(t, all, set("by-agent", ""))
		require.Equal(t, 11, set("by-task", otherTask))
		require.Equal(t, 3, set("by-type", "action.intent"))
		require.Equal(t, 3, b.number(countMark), "the picture follows")
		set("by-type", "")
		require.Equal(t, all, set("by-task", ""))
		b.eval(`document.getElementById('trouble').click()`)
		require.Less(t, b.number(countRows), 40)
		b.eval(`document.getElementById('trouble').click()`)

		// By keyboard alone.
		b.eval(`document.activeElement.blur()`)
		b.press("/", "Slash", "/")
		require.Equal(t, `"q"`, b.eval(`document.activeElement.id`))
		b.call("Input.insertText", map[string]any{"text": "crm/export"})
		require.Equal(t, 1, b.number(countRows))
		require.Equal(t, all, set("q", ""))
	})

	t.Run("zooms", func(t *testing.T) {
		b.eval(`document.getElementById('plot').focus()`)
		b.press("+", "Equal", "+")
		b.press("+", "Equal", "+")
		near := b.number(countRows)
		require.Less(t, near, all/2)
		require.Equal(t, near, b.number(countMark))
		tick := b.eval(`document.querySelector('#ticks li').textContent`)
		b.press("ArrowRight", "ArrowRight", "")
		require.NotEqual(t, tick, b.eval(`document.querySelector('#ticks li').textContent`))
		b.press("0", "Digit0", "0")
		require.Equal(t, all, b.number(countRows))
		for range 40 {
			b.press("+", "Equal", "+")
		}
		require.Less(t, b.number(countRows), 10)
		for range 40 {
			b.press("-", "Minus", "-")
		}
		require.Equal(t, all, b.number(countRows))
	})

	t.Run("opens", func(t *testing.T) {
		b.eval(`document.querySelector('.m.bad').dispatchEvent(new MouseEvent('click', {bubbles: true}))`)
		require.Equal(t, 1, b.number(`document.querySelectorAll('.e details[open]').length`))
		require.Equal(t, `"SUMMARY"`, b.eval(`document.activeElement.tagName`))
		require.Equal(t, `true`, b.eval(`document.querySelector('.e details[open] .proofs').textContent.includes('holds: signature')`))
		b.shot("entry-light", 1280, 1100, "light")
		b.press("ArrowDown", "ArrowDown", "")
		b.press("Enter", "Enter", "\r")
		require.Equal(t, 2, b.number(`document.querySelectorAll('.e details[open]').length`))
		// A link leads to its entry, though the filter hides it.
		b.eval(`(() => { const q = document.getElementById('q'); q.value = 'zyxwv'; q.dispatchEvent(new Event('input', {bubbles: true})) })()`)
		require.Equal(t, 0, b.number(countRows))
		b.eval(`new Promise(done => { addEventListener('hashchange', () => setTimeout(done), {once: true}); location.hash = '#e3' })`)
		require.Equal(t, all, b.number(countRows))
		require.Equal(t, `true`, b.eval(`document.querySelector('#e3 details').open`))
	})

	t.Run("has names for readers", func(t *testing.T) {
		require.Equal(t, `[]`, b.eval(`[...document.querySelectorAll('button, input, select, a, summary')].filter(e =>
			!(e.getAttribute('aria-label') || e.textContent.trim() || (e.labels && e.labels.length))).map(e => e.outerHTML)`))
		require.Equal(t, `1`, b.eval(`document.querySelectorAll('h1').length`))
		require.Equal(t, `"en"`, b.eval(`document.documentElement.lang`))
	})
	require.Empty(t, b.problems)
	require.Len(t, b.asked, 1, "the page itself")
}

func TestBrowserHostileText(t *testing.T) {
	b := startBrowser(t)
	for _, text := range hostile {
		src, report := told(t, text)
		b.open(rendered(t, src, report, 100))
		require.Equal(t, `0`, b.eval(`document.querySelectorAll('img, iframe, object, embed, link, base, [style], [src], [onload], [onerror], [onmouseover]').length`), text)
		require.Equal(t, `1`, b.eval(`document.scripts.length`), text)
		require.Equal(t, `true`, b.eval(`[...document.links].every(a => a.getAttribute('href').startsWith('#'))`), text)
		want, err := json.Marshal(shown(text))
		require.NoError(t, err)
		require.Equal(t, `true`, b.eval(`[...document.querySelectorAll('dd')].some(d => d.textContent === `+string(want)+`)`), text)
		// The filters take it too.
		require.Equal(t, `true`, b.eval(`(() => { const s = document.getElementById('by-task'); s.selectedIndex = 1;
			s.dispatchEvent(new Event('input', {bubbles: true}));
			return s.value === `+string(want)+` && !document.querySelectorAll('.e')[1].hidden })()`), text)
		require.Len(t, b.asked, 1, text)
	}
	require.Empty(t, b.problems)
}

// A page that was tampered with does not run what was put in.
func TestBrowserKeepsToThePolicy(t *testing.T) {
	b := startBrowser(t)
	page := bytes.Replace([]byte(demoPage(t, 10)), []byte("<main>"),
		[]byte(`<main><script>document.title = "owned"</script><img id="out" src="https://evil.example/x.png" onerror="document.title = 'owned'">`), 1)
	b.open(string(page))
	require.NotEqual(t, `"owned"`, b.eval(`document.title`))
	require.Equal(t, `0`, b.eval(`document.getElementById('out').naturalWidth`))
	require.Contains(t, strings.Join(b.problems, "\n"), "violates the following Content Security Policy directive")
	require.Contains(t, strings.Join(b.problems, "\n"), "https://evil.example/x.png")
}

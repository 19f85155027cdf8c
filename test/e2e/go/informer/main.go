// Command informer runs one real client-go Node informer, of whole Nodes or with --metadata of their metadata
// (then in protobuf, whatever --encoding says: that is how client-go asks), and reports what it sees as JSON lines on
// stdout: each "request" with its answer, "synced", then each "add", "update" and "delete". A line
// "state ID" on stdin is answered with the projected state, counts and the CPU time spent so far, under
// the same ID; the end of stdin ends the program. With --quiet nothing is said of single events, and the
// state has no Nodes, so that a bench measures client-go and not this program.
package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"log"
	"net/http"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/informers"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/metadata"
	"k8s.io/client-go/metadata/metadatainformer"
	"k8s.io/client-go/rest"
	"k8s.io/client-go/tools/cache"
	"k8s.io/client-go/tools/clientcmd"
)

const protobuf = "application/vnd.kubernetes.protobuf"

type options struct {
	kubeconfig, mode, encoding string
	quiet, metadata            bool
}

func parseOptions() (options, error) {
	var o options
	flag.StringVar(&o.kubeconfig, "kubeconfig", "", "kubeconfig of the API server or of the proxy")
	flag.StringVar(&o.mode, "mode", "list-watch", "list-watch or watch-list")
	flag.StringVar(&o.encoding, "encoding", "protobuf", "json or protobuf")
	flag.BoolVar(&o.quiet, "quiet", false, "say nothing of single events")
	flag.BoolVar(&o.metadata, "metadata", false, "take the metadata of Nodes only")
	flag.Parse()
	if o.kubeconfig == "" {
		return o, errors.New("--kubeconfig is missing")
	}
	if o.mode != "list-watch" && o.mode != "watch-list" {
		return o, fmt.Errorf("--mode %q is neither list-watch nor watch-list", o.mode)
	}
	if o.encoding != "json" && o.encoding != "protobuf" {
		return o, fmt.Errorf("--encoding %q is neither json nor protobuf", o.encoding)
	}
	return o, nil
}

// requestLog tells and counts every request, so that a test sees whether the informer fell back or
// relisted. A watch that asks for the initial events is a list in all but name.
type requestLog struct {
	next                                      http.RoundTripper
	report                                    func(line)
	lists, watchLists, watches, answeredLists atomic.Int64
}

func (l *requestLog) RoundTrip(r *http.Request) (*http.Response, error) {
	query := r.URL.Query()
	isList := true
	switch {
	case query.Get("watch") == "":
		l.lists.Add(1)
	case query.Get("sendInitialEvents") == "true":
		l.watchLists.Add(1)
	default:
		l.watches.Add(1)
		isList = false
	}
	response, err := l.next.RoundTrip(r)
	told := line{Event: "request", Request: r.Method + " " + r.URL.RequestURI()}
	if err != nil {
		told.Error = err.Error()
	} else {
		told.Status = response.StatusCode
		if isList && response.StatusCode == http.StatusOK {
			l.answeredLists.Add(1)
		}
	}
	l.report(told)
	return response, err
}

// line is one line of output. Projection is there only where the projected state changed.
type line struct {
	Event           string      `json:"event"`
	Name            string      `json:"name,omitempty"`
	ResourceVersion string      `json:"resourceVersion,omitempty"`
	Changed         bool        `json:"changed,omitempty"`
	Projection      *projection `json:"projection,omitempty"`
	Error           string      `json:"error,omitempty"`
	Request         string      `json:"request,omitempty"`
	Status          int         `json:"status,omitempty"`
	ID              string      `json:"id,omitempty"`
	State           *state      `json:"state,omitempty"`
}

type state struct {
	Nodes      map[string]projection `json:"nodes"`
	Adds       int                   `json:"adds"`
	Updates    int                   `json:"updates"`
	Deletes    int                   `json:"deletes"`
	Changes    int                   `json:"changes"`
	Lists      int64                 `json:"lists"`
	WatchLists int64                 `json:"watchLists"`
	Watches    int64                 `json:"watches"`
	// Of lists and watch-lists together: those that got the state.
	AnsweredLists int64   `json:"answeredLists"`
	CPUSeconds    float64 `json:"cpuSeconds"`
}

// reporter owns stdout and the state told to the test; requests, informer callbacks and stdin all come here.
type reporter struct {
	mu       sync.Mutex
	out      *json.Encoder
	requests *requestLog
	state    state
	quiet    bool
}

func (r *reporter) print(l line) {
	if err := r.out.Encode(l); err != nil {
		log.Fatalf("stdout: %v", err)
	}
}

func (r *reporter) seen(event string, n *corev1.Node) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := project(n)
	before, known := r.state.Nodes[n.Name]
	changed := !known || !before.equal(p)
	if event == "add" {
		r.state.Adds++
	} else {
		r.state.Updates++
		if changed {
			r.state.Changes++
		}
	}
	r.state.Nodes[n.Name] = p
	if r.quiet {
		return
	}
	l := line{Event: event, Name: n.Name, ResourceVersion: n.ResourceVersion, Changed: changed}
	if changed {
		l.Projection = &p
	}
	r.print(l)
}

// nodeOf is what is known of a Node; of its metadata alone that is a Node with nothing else.
func nodeOf(obj any) (*corev1.Node, bool) {
	switch o := obj.(type) {
	case *corev1.Node:
		return o, true
	case *metav1.PartialObjectMetadata:
		return &corev1.Node{ObjectMeta: o.ObjectMeta}, true
	}
	return nil, false
}

func (r *reporter) OnAdd(obj any, _ bool) {
	if n, ok := nodeOf(obj); ok {
		r.seen("add", n)
	}
}

func (r *reporter) OnUpdate(_, obj any) {
	if n, ok := nodeOf(obj); ok {
		r.seen("update", n)
	}
}

func (r *reporter) OnDelete(obj any) {
	if tombstone, ok := obj.(cache.DeletedFinalStateUnknown); ok {
		obj = tombstone.Obj
	}
	n, ok := nodeOf(obj)
	if !ok {
		return
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.state.Deletes++
	delete(r.state.Nodes, n.Name)
	if r.quiet {
		return
	}
	r.print(line{Event: "delete", Name: n.Name, ResourceVersion: n.ResourceVersion})
}

func (r *reporter) tell(l line) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.print(l)
}

func (r *reporter) printState(id string) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.state
	if r.quiet {
		s.Nodes = nil
	}
	s.Lists, s.WatchLists = r.requests.lists.Load(), r.requests.watchLists.Load()
	s.Watches, s.AnsweredLists = r.requests.watches.Load(), r.requests.answeredLists.Load()
	s.CPUSeconds = cpuSeconds()
	r.print(line{Event: "state", ID: id, State: &s})
}

func cpuSeconds() float64 {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		log.Fatalf("getrusage: %v", err)
	}
	return (time.Duration(u.Utime.Nano()) + time.Duration(u.Stime.Nano())).Seconds()
}

func informerFor(o options, config *rest.Config) (cache.SharedIndexInformer, error) {
	if o.metadata {
		client, err := metadata.NewForConfig(rest.CopyConfig(config))
		if err != nil {
			return nil, err
		}
		nodes := corev1.SchemeGroupVersion.WithResource("nodes")
		return metadatainformer.NewSharedInformerFactory(client, 0).ForResource(nodes).Informer(), nil
	}
	client, err := kubernetes.NewForConfig(rest.CopyConfig(config))
	if err != nil {
		return nil, err
	}
	return informers.NewSharedInformerFactory(client, 0).Core().V1().Nodes().Informer(), nil
}

func run(o options) error {
	// Read by client-go at the first use of a gate; the flag has to win over an inherited environment.
	if err := os.Setenv("KUBE_FEATURE_WatchListClient", fmt.Sprint(o.mode == "watch-list")); err != nil {
		return err
	}
	config, err := clientcmd.BuildConfigFromFlags("", o.kubeconfig)
	if err != nil {
		return err
	}
	config.UserAgent = "watchsieve-e2e-informer"
	config.ContentType = "application/json"
	if o.encoding == "protobuf" {
		config.ContentType = protobuf
		config.AcceptContentTypes = protobuf + ",application/json"
	}
	requests := &requestLog{}
	r := &reporter{out: json.NewEncoder(os.Stdout), requests: requests, state: state{Nodes: map[string]projection{}}, quiet: o.quiet}
	requests.report = r.tell
	config.Wrap(func(next http.RoundTripper) http.RoundTripper {
		requests.next = next
		return requests
	})
	informer, err := informerFor(o, config)
	if err != nil {
		return err
	}
	if err := informer.SetWatchErrorHandler(func(reflector *cache.Reflector, err error) {
		r.tell(line{Event: "watchError", Error: err.Error()})
	}); err != nil {
		return err
	}
	registration, err := informer.AddEventHandler(r)
	if err != nil {
		return err
	}
	stop := make(chan struct{})
	defer close(stop)
	go informer.Run(stop)
	if !cache.WaitForCacheSync(stop, registration.HasSynced) {
		return errors.New("the informer did not sync")
	}
	r.tell(line{Event: "synced"})

	commands := bufio.NewScanner(os.Stdin)
	for commands.Scan() {
		if id, isState := strings.CutPrefix(commands.Text(), "state "); isState {
			r.printState(strings.TrimSpace(id))
		}
	}
	return commands.Err()
}

func main() {
	o, err := parseOptions()
	if err == nil {
		err = run(o)
	}
	if err != nil {
		log.Fatalf("informer: %v", err)
	}
}

// Command metadata runs a controller of controller-runtime that watches Nodes by their metadata alone, and counts what it
// is told to reconcile. A line on stdin is answered by one line of JSON: that count, and the labels in the cache. The end of stdin ends it.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"log"
	"os"
	"sync/atomic"

	"github.com/go-logr/logr"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/client-go/tools/clientcmd"
	"k8s.io/client-go/util/workqueue"
	ctrl "sigs.k8s.io/controller-runtime"
	"sigs.k8s.io/controller-runtime/pkg/builder"
	"sigs.k8s.io/controller-runtime/pkg/event"
	"sigs.k8s.io/controller-runtime/pkg/handler"
	"sigs.k8s.io/controller-runtime/pkg/manager"
	"sigs.k8s.io/controller-runtime/pkg/metrics/server"
	"sigs.k8s.io/controller-runtime/pkg/reconcile"
)

var nodes = schema.GroupVersionKind{Version: "v1", Kind: "Node"}

func fail(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func main() {
	ctrl.SetLogger(logr.Discard())
	config, err := clientcmd.BuildConfigFromFlags("", os.Getenv("KUBECONFIG"))
	fail(err)
	m, err := manager.New(config, manager.Options{Metrics: server.Options{BindAddress: "0"}})
	fail(err)
	var events atomic.Int64
	queue := func(name string, q workqueue.TypedRateLimitingInterface[reconcile.Request]) {
		request := reconcile.Request{}
		request.Name = name
		q.Add(request)
	}
	told := handler.Funcs{
		CreateFunc: func(_ context.Context, e event.CreateEvent, q workqueue.TypedRateLimitingInterface[reconcile.Request]) {
			queue(e.Object.GetName(), q)
		},
		UpdateFunc: func(_ context.Context, e event.UpdateEvent, q workqueue.TypedRateLimitingInterface[reconcile.Request]) {
			events.Add(1)
			queue(e.ObjectNew.GetName(), q)
		},
	}
	watched := &metav1.PartialObjectMetadata{}
	watched.SetGroupVersionKind(nodes)
	fail(builder.ControllerManagedBy(m).Named("nodes").
		WatchesMetadata(watched, told).
		Complete(reconcile.Func(func(context.Context, reconcile.Request) (reconcile.Result, error) {
			return reconcile.Result{}, nil
		})))
	ctx, cancel := context.WithCancel(context.Background())
	go func() { fail(m.Start(ctx)) }()

	out := json.NewEncoder(os.Stdout)
	for asked := bufio.NewScanner(os.Stdin); asked.Scan(); {
		list := &metav1.PartialObjectMetadataList{}
		list.SetGroupVersionKind(schema.GroupVersionKind{Version: "v1", Kind: "NodeList"})
		state := map[string]any{}
		if err := m.GetCache().List(ctx, list); err == nil {
			for _, one := range list.Items {
				state[one.Name] = one.Labels
			}
		}
		fail(out.Encode(map[string]any{"id": asked.Text(), "events": events.Load(), "state": state}))
	}
	cancel()
}

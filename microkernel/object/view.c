/* SPDX-License-Identifier: MIT */
/* view.c - see view.h. */
#include "microkernel/object/view.h"
#include "microkernel/object/calls.h"
#include "microkernel/object/thread.h"

/* Guards which views a space has, and which spaces a view; taken before the spaces' own locks. */
static struct lock views_lock = LOCK_INIT(LOCK_VIEW);

static pte_t *top_entries(const struct view *view)
{
	return direct_pointer(view->root);
}

/* E_DEAD: one of both spaces has ended meanwhile. */
static error_t view_attach(struct view *view, struct space *client, struct space *server)
{
	error_t error = 0;

	lock_acquire(&views_lock);
	if (client->object.dead || server->object.dead) {
		error = E_DEAD;
	} else {
		top_entries(view)[SLOT_TOP_ENTRY] =
			((pte_t *)direct_pointer(server->root))[SLOT_TOP_ENTRY];
		view->client = client;
		view->server = server;
		list_append(&client->client_views, &view->in_client);
		list_append(&server->server_views, &view->in_server);
	}
	lock_release(&views_lock);
	return error;
}

i64 sys_view_create(struct cap_ref budget, cap_t client_handle, cap_t server_handle)
{
	struct cap_ref client, server;
	struct view *view;
	error_t error = cap_lookup(client_handle, OBJECT_SPACE, RIGHT_READ | RIGHT_WRITE, &client);

	if (!error)
		error = cap_lookup(server_handle, OBJECT_SPACE, RIGHT_SPACE_MAP, &server);
	if (error)
		return error;
	struct space *guest = client.object, *native = server.object;
	if (guest->kind != SPACE_GUEST || native->kind != SPACE_NATIVE)
		return E_INVAL;
	view = object_alloc(OBJECT_VIEW, budget.object);
	if (!view)
		return E_NOMEM;
	list_init(&view->in_client);
	list_init(&view->in_server);
	view->root = pagetable_root(budget.object);
	error = view->root ? view_attach(view, guest, native) : E_NOMEM;
	return cap_install_new(view, RIGHTS_ALL, error);
}

error_t view_fault(struct view *view, u64 address, u32 access)
{
	struct space *client = __atomic_load_n(&view->client, __ATOMIC_ACQUIRE);
	u64 physical;
	error_t error;

	if (!client)
		return E_FAULT;
	lock_acquire(&client->object.lock);
	error = space_fault(client, address, access, &physical);
	if (!error && view->client == client) {
		unsigned top = table_index(address, TABLE_LEVELS - 1);
		pte_t theirs = ((pte_t *)direct_pointer(client->root))[top];

		/* A client's top-level entry, once set, stays until the space dies. */
		if (!arch_pte_present(top_entries(view)[top]))
			top_entries(view)[top] =
				arch_table_entry(arch_pte_physical(theirs), false);
	}
	lock_release(&client->object.lock);
	return error;
}

/* Needs the lock of views: whoever comes by fault sees that the client is gone. */
static void detach(struct view *view)
{
	struct space *client = view->client;
	struct cpu *cpu = this_cpu();

	if (!client)
		return;
	lock_acquire(&client->object.lock);
	list_remove(&view->in_client);
	list_remove(&view->in_server);
	__atomic_store_n(&view->client, NULL, __ATOMIC_RELEASE);
	view->server = NULL;
	for (int i = 0; i <= SLOT_TOP_ENTRY; i++)
		top_entries(view)[i] = 0;
	/* Who shows the client through the view finds another root before it goes on. */
	pagetable_flush(client, 0, ~(u64)0 >> PAGE_SHIFT);
	lock_release(&client->object.lock);
	if (cpu->root == view->root) {
		arch_root_load(arch_kernel_root);
		cpu->root_space = cpu->root_client = NULL;
		cpu->resched = 1; /* the way out loads what the thread has now */
	}
}

void view_detach_all(struct space *space)
{
	lock_acquire(&views_lock);
	while (!list_empty(&space->client_views))
		detach(container_of(space->client_views.next, struct view, in_client));
	while (!list_empty(&space->server_views))
		detach(container_of(space->server_views.next, struct view, in_server));
	lock_release(&views_lock);
}

void view_destroy(struct view *view)
{
	u64 root;

	lock_acquire(&views_lock);
	detach(view);
	/* Two that end it at once, its destroyer and its budget's: one of both has the root. */
	root = view->root;
	view->root = 0;
	lock_release(&views_lock);
	if (root)
		pagetable_give_back(root);
}

from django.urls import path

from team import views

app_name = "team"

urlpatterns = [
    path("team/", views.members, name="members"),
    path("team/invite/", views.invite, name="invite"),
    path("team/invitations/<int:pk>/revoke/", views.revoke, name="revoke"),
    path("team/members/<int:pk>/role/", views.role, name="role"),
    path("team/members/<int:pk>/suspend/", views.suspend, name="suspend"),
    path("team/members/<int:pk>/reinstate/", views.reinstate, name="reinstate"),
    path("team/join/<str:token>/", views.invitation, name="invitation"),
    path("settings/", views.member_settings, name="settings"),
    path("language/", views.language, name="language"),
]

import socket
s=socket.socket(socket.AF_INET,socket.SOCK_DGRAM); s.bind(("198.51.100.2",0)); s.connect(("198.51.100.1",8080)); s.settimeout(1)
for n in (3,0,5,1400,30000,65000):
  s.send(b"x"*n)
  try: print("cli",n,len(s.recv(70000)))
  except Exception as e: print("cli",n,e)
